// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// Hints say on which datastores of its zone a volume may be made.
type Hints struct {
	Instance string   // the id of an instance: on the datastore of its root disk
	Beside   []string // ids of volumes: on a datastore that one of them lies on
	Apart    []string // ids of volumes: on none of theirs
}

// hinted leaves of some datastores those that hints allow; none is an error.
func (v *Volumes) hinted(ctx context.Context, stores []mo.Datastore, h Hints) ([]mo.Datastore, error) {
	if h.Instance == "" && len(h.Beside)+len(h.Apart) == 0 {
		return stores, nil
	}
	var root ref
	var err error
	if h.Instance != "" {
		if root, err = v.rootStore(ctx, h.Instance); err != nil {
			return nil, err
		}
	}
	beside, err := v.storesOf(ctx, h.Beside)
	if err != nil {
		return nil, err
	}
	apart, err := v.storesOf(ctx, h.Apart)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(stores))
	for i, store := range stores {
		names[i] = store.Name
	}
	left := slices.DeleteFunc(slices.Clone(stores), func(d mo.Datastore) bool {
		return h.Instance != "" && d.Self != root || len(beside) > 0 && !slices.Contains(beside, d.Name) || slices.Contains(apart, d.Name)
	})
	if len(left) == 0 {
		return nil, openstack.AttributeErrorf("scheduler_hints", "none of the datastores that may be chosen is one that the hints allow: %s",
			faults.Quoted(names))
	}
	return left, nil
}

// rootStore is the datastore of an instance's root disk.
func (v *Volumes) rootStore(ctx context.Context, server string) (ref, error) {
	vms, err := v.machines(ctx)
	if err != nil {
		return ref{}, err
	}
	for _, vm := range vms {
		if vm.Config == nil || !strings.EqualFold(vm.Config.InstanceUuid, server) {
			continue
		}
		if disks := machine.DisksOf(vm); len(disks) > 0 {
			return machine.StoreOf(disks[0]), nil
		}
		return ref{}, openstack.AttributeErrorf("scheduler_hints", "the instance %s has no disk to lie beside", server)
	}
	return ref{}, openstack.AttributeErrorf("scheduler_hints", "there is no instance %s", server)
}

// storesOf are the names of the datastores that volumes lie on.
func (v *Volumes) storesOf(ctx context.Context, ids []string) (names []string, err error) {
	for _, id := range ids {
		found, err := v.Read(ctx, id)
		if err != nil {
			return nil, openstack.AttributeErrorf("scheduler_hints", "%w", err)
		}
		names = append(names, found.Datastore)
	}
	return names, nil
}
