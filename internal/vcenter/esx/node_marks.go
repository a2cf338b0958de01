// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// The custom attributes that hold what hosts and clusters have no field for. The catalogue cannot hold it, because the catalogue VM needs
// a host to live on: the first cluster and its first host come before it.
const (
	nodeField    = "novasphere.node"
	clusterField = "novasphere.cluster"
)

// nodeBook caches what this process knows about hosts and clusters. Their names are listed once, and again after this process has changed
// any.
type nodeBook struct {
	hosts wire.Lookup[[]mo.HostSystem]
	going sync.Map // hosts that this process is removing

	mu      sync.Mutex
	fields  map[string]int32       // keys of custom attributes, by name
	joining map[string]*sync.Mutex // by switch UUID; held while the switch's members are changed
}

func newNodeBook() *nodeBook {
	return &nodeBook{fields: map[string]int32{}, joining: map[string]*sync.Mutex{}}
}

func (b *nodeBook) field(name string) (key int32, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key, known = b.fields[name]
	return key, known
}

func (b *nodeBook) keepField(name string, key int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fields[name] = key
}

// turn returns the lock to hold while the members of a switch are changed.
func (b *nodeBook) turn(uuid string) *sync.Mutex {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.joining[uuid] == nil {
		b.joining[uuid] = new(sync.Mutex)
	}
	return b.joining[uuid]
}

// nodeLabels is the value of a custom attribute, in JSON.
type nodeLabels struct {
	Mark   *openstack.Mark `json:"mark,omitempty"`
	Tags   []string        `json:"tags,omitempty"`
	Reason string          `json:"disabled_reason,omitempty"`
}

// customField returns the key of a custom attribute; found is false if the vCenter has none of that name. A key is cached.
func (c *Nodes) customField(ctx context.Context, name string) (key int32, found bool, err error) {
	if key, known := c.nodeBook.field(name); known {
		return key, true, nil
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil || vim.ServiceContent.CustomFieldsManager == nil {
		return 0, false, err
	}
	manager, err := wire.Read[mo.CustomFieldsManager](ctx, c.wire, *vim.ServiceContent.CustomFieldsManager, []string{"field"})
	if err != nil {
		return 0, false, faults.Explain("reading the vCenter's custom attributes", err)
	}
	i := slices.IndexFunc(manager.Field, func(f types.CustomFieldDef) bool { return f.Name == name })
	if i < 0 {
		return 0, false, nil
	}
	c.nodeBook.keepField(name, manager.Field[i].Key)
	return manager.Field[i].Key, true, nil
}

// needField is customField, but makes a missing attribute for a type of object. It must be called before the object is made.
func (c *Nodes) needField(ctx context.Context, name, kind string) (int32, error) {
	key, found, err := c.customField(ctx, name)
	if err != nil || found {
		return key, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return 0, err
	}
	_, err = methods.AddCustomFieldDef(ctx, vim, &types.AddCustomFieldDef{This: *vim.ServiceContent.CustomFieldsManager, Name: name,
		MoType: kind})
	if err != nil && !faults.OutcomeUnknown(err) && !faults.Is[*types.DuplicateName](err) { // made by another process at the same time
		return 0, faults.Explain("making the custom attribute "+name+", which says who made a "+kind, err)
	}
	key, found, err = c.customField(ctx, name)
	if err == nil && !found {
		err = openstack.NotFound("the custom attribute %s, which was just made, is not there", name)
	}
	return key, err
}

// setLabels writes a custom attribute.
func (c *Nodes) setLabels(ctx context.Context, object ref, name string, labels nodeLabels) error {
	key, err := c.needField(ctx, name, object.Type)
	if err != nil {
		return err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	raw, _ := json.Marshal(labels) // strings only
	// Writing twice does no harm, and without the attribute an object that was just made has no owner.
	err = retry.Until(ctx, time.Now().Add(time.Minute), retry.OrTransient(faults.NoResponse), func() error {
		_, err := methods.SetField(ctx, vim, &types.SetField{This: *vim.ServiceContent.CustomFieldsManager, Entity: object, Key: key,
			Value: string(raw)})
		return err
	})
	return faults.Explain("writing the custom attribute "+name+" of "+object.Value, err)
}

// labelsIn reads a custom attribute of an object. It returns zero labels if there are none, or if they are not this provider's JSON.
func (c *Nodes) labelsIn(ctx context.Context, name string, values []types.BaseCustomFieldValue) (l nodeLabels, err error) {
	if len(values) == 0 {
		return l, nil
	}
	key, found, err := c.customField(ctx, name)
	if err != nil || !found {
		return l, err
	}
	for _, value := range values {
		var ours nodeLabels
		if text, ok := value.(*types.CustomFieldStringValue); ok && text.Key == key && json.Unmarshal([]byte(text.Value), &ours) == nil {
			l = ours
		}
	}
	return l, nil
}

// outlives returns the error for a host or cluster that would block its own replacement, because its destruction leaves it in place.
func outlives(field, what, verb string) error {
	return openstack.AttributeErrorf(field, "%s was not %s by this provider: its resource's destruction leaves it as it is, and nothing can "+
		"take its place. Take the replacement back (leave -replace out, or untaint it), or write adopt = true and apply that first", what, verb)
}
