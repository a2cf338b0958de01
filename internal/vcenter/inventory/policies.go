// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/pbm"
	pbmtypes "github.com/vmware/govmomi/pbm/types"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Policies caches the vCenter's storage policies, which are read together, and the compatible datastores of each.
type Policies struct {
	c       *Inventory
	content wire.Lookup[pbmtypes.PbmServiceInstanceContent]
	types   wire.Lookup[[]openstack.VolumeType]
	mu      sync.Mutex
	stores  map[string]*wire.Lookup[[]string] // managed object ids of compatible datastores, by zone and policy id
}

// client returns a new client in the vCenter's session. Only the first of a process costs a call.
func (p *Policies) client(ctx context.Context) (*pbm.Client, error) {
	vim, err := p.c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	content, err := p.content.Get(func() (pbmtypes.PbmServiceInstanceContent, error) {
		first, err := pbm.NewClient(ctx, vim)
		if err != nil {
			return pbmtypes.PbmServiceInstanceContent{}, faults.Explain("asking for the storage policies", err)
		}
		return first.ServiceContent, nil
	})
	if err != nil {
		return nil, err
	}
	service := vim.NewServiceClient(pbm.Path, pbm.Namespace)
	service.Cookie = vim.SessionCookie // this endpoint takes the session as a header
	return &pbm.Client{Client: service, ServiceContent: content, RoundTripper: service}, nil
}

// Id finds a policy by its name.
func (p *Policies) Id(ctx context.Context, name string) (string, error) {
	all, err := p.all(ctx)
	if err != nil {
		return "", err
	}
	names := make([]string, len(all))
	for i, policy := range all {
		if names[i] = policy.Name; policy.Name == name {
			return policy.ID, nil
		}
	}
	return "", faults.NoSuch("storage policy", name, "the vCenter", names)
}

// Encrypts reports whether a policy, which is named by its id, encrypts the disks of virtual machines.
func (p *Policies) Encrypts(ctx context.Context, id string) (bool, error) {
	all, err := p.all(ctx)
	if err != nil {
		return false, err
	}
	for _, policy := range all {
		for rule := range policy.Rules {
			if policy.ID == id && strings.Contains(rule, "vmwarevmcrypt") { // the namespace of vSphere's own filter
				return true, nil
			}
		}
	}
	return false, nil
}

// all lists the policies by name, read once.
func (p *Policies) all(ctx context.Context) ([]openstack.VolumeType, error) {
	return p.types.Get(func() ([]openstack.VolumeType, error) { return p.list(ctx) })
}

func (p *Policies) list(ctx context.Context) ([]openstack.VolumeType, error) {
	client, err := p.client(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := client.QueryProfile(ctx, pbmtypes.PbmProfileResourceType{ResourceType: string(pbmtypes.PbmProfileResourceTypeEnumSTORAGE)},
		string(pbmtypes.PbmProfileCategoryEnumREQUIREMENT))
	if err != nil {
		return nil, faults.Explain("listing the storage policies", err)
	}
	return policiesOf(ctx, client, ids)
}

// policiesOf reads some policies, and lists them by name.
func policiesOf(ctx context.Context, client *pbm.Client, ids []pbmtypes.PbmProfileId) ([]openstack.VolumeType, error) {
	profiles, err := client.RetrieveContent(ctx, ids)
	if err != nil {
		return nil, faults.Explain("reading the storage policies", err)
	}
	out := make([]openstack.VolumeType, len(profiles))
	for i, profile := range profiles {
		out[i] = volumeType(profile)
	}
	return sortedTypes(out), nil
}

// PolicyOf returns the storage policy of a zone, empty if it names none or there is no such zone.
func (c *Inventory) PolicyOf(zone string) string {
	s, err := c.Places.In(zone)
	if err != nil {
		return ""
	}
	return s.Zone.StoragePolicy
}

// Satisfies reports whether a datastore satisfies a policy, which is named by its id.
func (p *Policies) Satisfies(ctx context.Context, id string, store ref) (bool, error) {
	one := mo.Datastore{}
	one.Self = store
	allowed, err := p.compatible(ctx, id, []mo.Datastore{one})
	return slices.Contains(allowed, store.Value), err
}

// CheckPolicy refuses a policy that the vCenter does not have, or that no datastore of a zone satisfies.
func (c *Inventory) CheckPolicy(ctx context.Context, zone, name string) error {
	s, err := c.Places.In(zone)
	if err != nil {
		return err
	}
	return s.checkPolicy(ctx, name)
}

func (s *Site) checkPolicy(ctx context.Context, name string) error {
	id, err := s.c.Policies.Id(ctx, name)
	if err != nil {
		return err
	}
	_, err = s.c.Policies.allowed(ctx, s, id, name)
	return err
}

// allowed returns the datastores of a site that a policy allows; none is an error.
func (p *Policies) allowed(ctx context.Context, s *Site, id, name string) ([]mo.Datastore, error) {
	stores, err := s.eligibleStores(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.stores == nil {
		p.stores = map[string]*wire.Lookup[[]string]{}
	}
	at := s.Zone.Name + "/" + id
	if p.stores[at] == nil {
		p.stores[at] = &wire.Lookup[[]string]{}
	}
	slot := p.stores[at]
	p.mu.Unlock()
	allowed, err := slot.Get(func() ([]string, error) { return p.compatible(ctx, id, stores) })
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(stores), func(d mo.Datastore) bool { return !slices.Contains(allowed, d.Self.Value) })
	if len(left) == 0 {
		return nil, openstack.NotFound("none of the datastores that may be chosen satisfies the storage policy %q: %s", name, storeNames(stores))
	}
	return left, nil
}

// Forget drops the cached compatibility of datastores.
func (p *Policies) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stores = nil
}

func storeNames(stores []mo.Datastore) string {
	names := make([]string, len(stores))
	for i, store := range stores {
		names[i] = store.Name
	}
	return faults.Quoted(names)
}

func (p *Policies) compatible(ctx context.Context, id string, stores []mo.Datastore) ([]string, error) {
	client, err := p.client(ctx)
	if err != nil {
		return nil, err
	}
	hubs := make([]pbmtypes.PbmPlacementHub, len(stores))
	for i, store := range stores {
		hubs[i] = pbmtypes.PbmPlacementHub{HubType: store.Self.Type, HubId: store.Self.Value}
	}
	result, err := client.CheckRequirements(ctx, hubs, nil, []pbmtypes.BasePbmPlacementRequirement{
		&pbmtypes.PbmPlacementCapabilityProfileRequirement{ProfileId: pbmtypes.PbmProfileId{UniqueId: id}}})
	if err != nil {
		return nil, faults.Explain("asking which datastores satisfy a storage policy", errors.Join(err, fmt.Errorf("the policy's id is %s", id)))
	}
	var out []string
	for _, hub := range result.CompatibleDatastores() {
		out = append(out, hub.HubId)
	}
	return out, nil
}
