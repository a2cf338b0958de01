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
)

// Request is a volume that is to be made. Its Source says from what; Create, Clone and FromSnapshot each take theirs.
type Request struct {
	openstack.VolumeSpec
	MarkID string // what the creation is known by until there is an id; empty: a random one
}

// wanted is the volume that a request asks for, with what it is found again by.
func (v *Volumes) wanted(r Request) openstack.Volume {
	spec := r.VolumeSpec
	mark := v.records.Mark(records.Fingerprint(spec.Name, spec.Description, spec.Size, spec.Zone, spec.Type, sourceText(spec.Source),
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

// choose finds the datastore of a zone for a volume: of those that are allowed it has the most free space.
func (v *Volumes) choose(ctx context.Context, spec openstack.VolumeSpec) (place, error) {
	at, stores, policy, err := v.allowed(ctx, spec)
	if err != nil {
		return place{}, err
	}
	return place{at.Site.Emptiest(stores, spec.Size<<30), policy}, nil
}

// allowed are the datastores of a zone that a volume may lie on: every host of the zone's cluster can write to them, and they satisfy the
// volume's type, or the zone's storage policy where the volume has none. The policy is given by its id.
func (v *Volumes) allowed(ctx context.Context, spec openstack.VolumeSpec) (at inventory.Target, stores []mo.Datastore, policy string,
	err error) {
	if at, err = v.inventory.Target(ctx, spec.Zone, ""); err != nil {
		return at, nil, "", err
	}
	if stores, policy, err = v.candidates(ctx, at, spec.Type); err == nil {
		stores, err = at.Shared(ctx, stores)
	}
	return at, stores, policy, err
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
