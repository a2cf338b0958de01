// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/diskfiles"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// FromImage makes a volume of an image's root disk: a copy of its file, which is then registered as a first class disk. The image's
// properties are recorded on the volume, so that an instance can start from it as from the image. The steps are in an order that can be
// taken up again: the file under a name that the mark tells, the disk under another such name, then what furnish writes. A volume that
// exists comes back although there is an error.
func (v *Volumes) FromImage(ctx context.Context, r Request) (openstack.Volume, error) {
	if err := metadata.Check(r.VolumeSpec); err != nil {
		return openstack.Volume{}, err
	}
	source, err := v.imageOf(ctx, &r.VolumeSpec)
	if err != nil {
		return openstack.Volume{}, err
	}
	found, begun, err := v.begun(ctx, r.MarkID)
	if err != nil {
		return openstack.Volume{}, err
	}
	if begun {
		return v.takeUp(ctx, found, r, source)
	}
	at, source, err := v.placeCopy(ctx, &r, source)
	if err != nil {
		return openstack.Volume{}, err
	}
	want := v.wantedOf(r, source)
	made, err := v.copyAndRegister(ctx, source, at, want)
	if err != nil {
		return made.Volume, err
	}
	return v.furnish(ctx, made, want, at.policy)
}

// imageOf finds the image that a volume is to be made of, and refuses one that it cannot be made of. A volume that names no size gets the
// image's. The disk of a library item that is not deployed yet is not known.
func (v *Volumes) imageOf(ctx context.Context, spec *openstack.VolumeSpec) (image.Template, error) {
	source, err := v.images.ByID(ctx, spec.Source.ID)
	if err == nil {
		err = source.CheckDisks()
	}
	if err != nil {
		return source, openstack.AttributeErrorf("image_id", "%w", err)
	}
	return source, fits("image_id", spec, source.LeastDisk())
}

// takeUp finishes what a killed creation has begun.
func (v *Volumes) takeUp(ctx context.Context, found located, r Request, source image.Template) (openstack.Volume, error) {
	at, err := v.inventory.Target(ctx, r.Zone, "")
	if err != nil {
		return found.Volume, err
	}
	var store mo.Datastore
	store.Self, store.Name = found.store, found.Datastore
	if source, err = v.deployed(ctx, at.Site, store, source); err != nil {
		return found.Volume, openstack.AttributeErrorf("image_id", "%w", err)
	}
	_, policy, err := v.candidates(ctx, at, r.Type)
	if err != nil {
		return found.Volume, err
	}
	return v.furnish(ctx, found, v.wantedOf(r, source), policy)
}

// wantedOf is the volume that a request asks for of an image.
func (v *Volumes) wantedOf(r Request, source image.Template) openstack.Volume {
	want := v.wanted(r)
	if len(want.ImageProperties) == 0 {
		want.ImageProperties = source.VolumeProperties()
	}
	return want
}

// placeCopy finds the datastore for a copy of an image's disk, and the template to copy there. What a killed creation with the same mark
// has left on any datastore is deleted first: nothing tells whether such a copy is whole.
func (v *Volumes) placeCopy(ctx context.Context, r *Request, source image.Template) (place, image.Template, error) {
	stores, in, err := v.storesFor(ctx, *r)
	if err != nil {
		return place{}, source, err
	}
	if r.MarkID != "" {
		if err := v.clearCopies(ctx, stores, *r); err != nil {
			return place{}, source, err
		}
	}
	at := place{in.site.Emptiest(stores, r.Size<<30), in.policy}
	source, err = v.deployed(ctx, in.site, at.store, source)
	if err != nil {
		return at, source, openstack.AttributeErrorf("image_id", "%w", err)
	}
	// How large the disk of a library item is shows only now.
	return at, source, fits("image_id", &r.VolumeSpec, source.LeastDisk())
}

// deployed is the template of an image, which of a library item, or of an image with a cache, is a copy on the datastore.
func (v *Volumes) deployed(ctx context.Context, in *inventory.Site, store mo.Datastore, source image.Template) (image.Template, error) {
	if source.Library == "" && !source.Cached {
		return source, nil
	}
	pool, err := in.Pool(ctx)
	if err != nil {
		return source, err
	}
	copied, err := v.images.CloneSource(ctx, source, image.Use{Pool: pool, Store: store})
	if err != nil {
		return source, err
	}
	return copied, copied.CheckDisks()
}

// copyAndRegister makes a first class disk of a copy of an image's disk. A copy that cannot be registered is deleted.
func (v *Volumes) copyAndRegister(ctx context.Context, source image.Template, at place, want openstack.Volume) (located, error) {
	to := copyOf(at.store, want.MarkID, want.Source.ID)
	err := v.files.Copy(ctx, diskfiles.Request{What: "the disk of the image " + source.Name, To: to, Store: at.store,
		From: machine.DiskFile(hardware.RootDisk(source.Config.Hardware.Device)), Type: at.diskType(want.Multiattach)})
	if err != nil {
		return located{}, err
	}
	made, err := v.register(ctx, to, unnamedPrefix+want.MarkID)
	switch {
	case err == nil && !sameFile(made.File, to):
		return located{}, v.files.DropAfter(ctx, to, openstack.AttributeErrorf("image_id", "the disk of the image %s was a volume once (%s), "+
			"and this vCenter takes every copy of it for that volume: make the image anew, from a disk that was none", source.Name, made.ID))
	case err != nil && faults.DefiniteFault(err):
		return located{}, v.files.DropAfter(ctx, to, faults.Explain("registering the copy of the image "+source.Name+" as a volume", err))
	}
	return made, faults.Explain("registering the copy of the image "+source.Name+" as a volume", err)
}

// clearCopies deletes what a killed creation has left of a copy, on whichever datastore it was.
func (v *Volumes) clearCopies(ctx context.Context, stores []mo.Datastore, r Request) error {
	for _, store := range stores {
		file := copyOf(store, r.MarkID, r.Source.ID)
		there, err := v.files.Exists(ctx, file)
		if err == nil && there {
			err = v.files.Clear(ctx, file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyOf is the file of a copy of an image's disk: a killed creation with the same mark had the same.
func copyOf(store mo.Datastore, markID, imageID string) string {
	sum := sha256.Sum256([]byte(markID + "\x00" + imageID))
	return diskfiles.Path(store, unnamedPrefix+hex.EncodeToString(sum[:16]))
}

// sameFile reports whether a disk lies in the file of a copy. Datastores of vSAN show folders by another name than they were made under.
func sameFile(shown, file string) bool {
	return machine.DatastoreOf(shown) == machine.DatastoreOf(file) && path.Base(shown) == path.Base(file)
}

// diskType is how a copied disk lies on its datastore, as backing has it.
func (p place) diskType(multiattach bool) string {
	if kind := p.backing(multiattach).ProvisioningType; kind != "" {
		return kind
	}
	return string(types.VirtualDiskTypeThin)
}
