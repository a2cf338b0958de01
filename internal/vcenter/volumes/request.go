// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// Request is a volume that is to be made. Its Source says from what; Create, Clone and FromSnapshot each take theirs.
type Request struct {
	openstack.VolumeSpec
	MarkID string // what the creation is known by until there is an id; empty: a random one
	Hints  Hints
}

// wanted is the volume that a request asks for, with what it is found again by.
func (v *Volumes) wanted(r Request) openstack.Volume {
	spec := r.VolumeSpec
	mark := v.records.Mark(records.Fingerprint(spec.Name, spec.Description, spec.Size, spec.Zone, spec.Type, metadata.SourceText(spec.Source),
		spec.Metadata, spec.Multiattach))
	out := openstack.Volume{VolumeSpec: spec}
	out.Mark, out.MarkID = &mark, cmp.Or(r.MarkID, uuid.NewString())
	return out
}

// place is where a volume goes.
type place struct {
	store  mo.Datastore
	policy string // the id of its storage policy; empty: the datastore's own
}

// choose finds the datastore of a zone for a volume: every host of the zone's cluster can write to it, it satisfies the volume's type, or
// the zone's storage policy where the volume has none, and of those it has the most free space.
func (v *Volumes) choose(ctx context.Context, r Request) (place, error) {
	stores, at, err := v.storesFor(ctx, r)
	if err != nil {
		return place{}, err
	}
	return place{at.site.Emptiest(stores, r.Size<<30), at.policy}, nil
}

// ground is where the datastores of a volume are, and the policy that they satisfy.
type ground struct {
	site   *inventory.Site
	policy string // its id; empty: the datastores' own
}

// storesFor are the datastores that choose chooses from; none is an error.
func (v *Volumes) storesFor(ctx context.Context, r Request) ([]mo.Datastore, ground, error) {
	at, err := v.inventory.Target(ctx, r.Zone, "")
	if err != nil {
		return nil, ground{}, err
	}
	stores, policy, err := v.candidates(ctx, at, r.Type)
	if err != nil {
		return nil, ground{}, err
	}
	if stores, err = at.Shared(ctx, stores); err != nil {
		return nil, ground{}, err
	}
	stores, err = v.hinted(ctx, stores, r.Hints)
	return stores, ground{at.Site, policy}, err
}

// candidates are the datastores that satisfy a volume's type. An error that names no attribute is about the type, where there is one.
func (v *Volumes) candidates(ctx context.Context, at inventory.Target, kind string) ([]mo.Datastore, string, error) {
	may, err := at.Candidates(ctx, kind)
	var named *openstack.FieldError
	if err != nil && kind != "" && !errors.As(err, &named) {
		err = openstack.AttributeErrorf("volume_type", "%w", err)
	}
	return may.All, may.Policy, err
}

// backing is how a volume lies on its datastore. VMFS and NFS want every block of a disk that several machines write to written
// beforehand; vSAN shares any disk (Broadcom KB 326781). Otherwise the storage policy decides, else the disk is thin.
func (p place) backing(multiattach bool) *types.VslmCreateSpecDiskFileBackingSpec {
	out := &types.VslmCreateSpecDiskFileBackingSpec{}
	if out.Datastore = p.store.Self; multiattach && p.store.Summary.Type != "vsan" {
		out.ProvisioningType = string(types.BaseConfigInfoDiskFileBackingInfoProvisioningTypeEagerZeroedThick)
	}
	return out
}

// profile names the storage policy of a volume.
func (p place) profile() []types.BaseVirtualMachineProfileSpec {
	if p.policy == "" {
		return nil
	}
	return []types.BaseVirtualMachineProfileSpec{&types.VirtualMachineDefinedProfileSpec{ProfileId: p.policy}}
}
