package volumes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// copiesFolder is where copies of images' disks lie on a datastore.
const copiesFolder = "novasphere"

// copyFile is the file of a copy of an image's disk: a killed creation with the same mark had the same.
func copyFile(store mo.Datastore, markID, imageID string) string {
	sum := sha256.Sum256([]byte(markID + "\x00" + imageID))
	return fmt.Sprintf("[%s] %s/%s%s.vmdk", store.Name, copiesFolder, unnamedPrefix, hex.EncodeToString(sum[:16]))
}

// sameFile reports whether a disk lies in the file of a copy. Datastores of vSAN show folders by another name than they were made under.
func sameFile(shown, file string) bool {
	return machine.DatastoreOf(shown) == machine.DatastoreOf(file) && path.Base(shown) == path.Base(file)
}

// copyDisk copies the root disk of an image to a file that is not there yet. Where the answer is lost, nothing tells whether what there is
// of it is whole: it is deleted, and copied once more.
func (v *Volumes) copyDisk(ctx context.Context, source image.Template, at place, to string, multiattach bool) error {
	if err := v.makeFolder(ctx, at.store); err != nil {
		return err
	}
	from := machine.DiskFile(hardware.RootDisk(source.Config.Hardware.Device))
	spec := &types.VirtualDiskSpec{AdapterType: string(types.VirtualDiskAdapterTypeLsiLogic), DiskType: at.diskType(multiattach)}
	err := v.copyOnce(ctx, from, to, spec)
	if faults.OutcomeUnknown(err) {
		if err := v.clearCopy(ctx, to); err != nil {
			return err
		}
		err = v.copyOnce(ctx, from, to, spec)
	}
	act := "copying the disk of the image " + source.Name + " to " + to
	if errors.Is(err, wire.ErrInterrupted) {
		return v.dropAfter(ctx, to, faults.Explain(act, err))
	}
	return faults.Explain(act, err)
}

// diskType is how a copied disk lies on its datastore, as backing has it.
func (p place) diskType(multiattach bool) string {
	if kind := p.backing(multiattach).ProvisioningType; kind != "" {
		return kind
	}
	return string(types.VirtualDiskTypeThin)
}

func (v *Volumes) copyOnce(ctx context.Context, from, to string, spec types.BaseVirtualDiskSpec) error {
	dc, err := v.inventory.Places.Datacenter(ctx)
	if err != nil {
		return err
	}
	vim, err := v.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = v.wire.RunTaskWith(ctx, &wire.TaskRun{Kind: copyKind}, func(ctx context.Context) (ref, error) {
		res, err := methods.CopyVirtualDisk_Task(ctx, vim, &types.CopyVirtualDisk_Task{This: *vim.ServiceContent.VirtualDiskManager,
			SourceName: from, SourceDatacenter: &dc.Self, DestName: to, DestDatacenter: &dc.Self, DestSpec: spec})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return err
}

const copyKind = "CopyVirtualDisk_Task"

// makeFolder makes the folder of copies on a datastore, once for all copies of this process. Datastores of objects have a call of their
// own for folders at their top.
func (v *Volumes) makeFolder(ctx context.Context, store mo.Datastore) error {
	v.folders.Lock()
	defer v.folders.Unlock()
	if v.folders.made[store.Self] {
		return nil
	}
	dc, err := v.inventory.Places.Datacenter(ctx)
	if err != nil {
		return err
	}
	vim, err := v.wire.Vim(ctx)
	if err != nil {
		return err
	}
	err = retry.Once(func() error {
		if store.Summary.Type == "vsan" || store.Summary.Type == "VVOL" {
			_, err := methods.CreateDirectory(ctx, vim, &types.CreateDirectory{This: *vim.ServiceContent.DatastoreNamespaceManager,
				Datastore: store.Self, DisplayName: copiesFolder})
			return err
		}
		_, err := methods.MakeDirectory(ctx, vim, &types.MakeDirectory{This: *vim.ServiceContent.FileManager,
			Name: "[" + store.Name + "] " + copiesFolder, Datacenter: &dc.Self})
		return err
	})
	if err != nil && !faults.Is[*types.FileAlreadyExists](err) {
		return faults.Explain("making the folder "+copiesFolder+" on the datastore "+store.Name, err)
	}
	v.folders.made[store.Self] = true
	return nil
}

// clearCopies deletes what a killed creation has left of a copy, on whichever datastore it was.
func (v *Volumes) clearCopies(ctx context.Context, stores []mo.Datastore, r Request) error {
	for _, store := range stores {
		file := copyFile(store, r.MarkID, r.Source.ID)
		there, err := v.isThere(ctx, file)
		if err == nil && there {
			err = v.clearCopy(ctx, file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isThere reports whether there is the file of a disk, even one that is being written.
func (v *Volumes) isThere(ctx context.Context, file string) (bool, error) {
	dc, err := v.inventory.Places.Datacenter(ctx)
	if err != nil {
		return false, err
	}
	vim, err := v.wire.Vim(ctx)
	if err != nil {
		return false, err
	}
	_, err = methods.QueryVirtualDiskUuid(ctx, vim, &types.QueryVirtualDiskUuid{This: *vim.ServiceContent.VirtualDiskManager, Name: file,
		Datacenter: &dc.Self})
	switch {
	case faults.Is[*types.FileNotFound](err):
		return false, nil
	case faults.Is[*types.FileLocked](err), faults.Is[*types.CannotAccessFile](err):
		return true, nil
	}
	return err == nil, faults.Explain("looking for "+file, err)
}

// clearCopy deletes a copy that may not be whole, once nobody writes it any more.
func (v *Volumes) clearCopy(ctx context.Context, file string) error {
	if v.running(ctx, copyKind) {
		none := func(context.Context) (located, bool, error) { return located{}, false, nil }
		if _, _, err := v.awaitMade(ctx, copyKind, none); err != nil {
			return fmt.Errorf("%s is still being copied: apply again later (%w)", file, err)
		}
	}
	locked := func(err error) bool { return faults.Is[*types.FileLocked](err) }
	return retry.Until(ctx, time.Now().Add(v.LostPatience), locked, func() error { return v.dropFile(ctx, file) })
}

// dropAfter deletes a copy that leads to nothing, and gives why.
func (v *Volumes) dropAfter(ctx context.Context, file string, why error) error {
	end, stop := openstack.Uninterrupted(ctx)
	defer stop()
	if err := v.dropFile(end, file); err != nil {
		return errors.Join(why, err)
	}
	return why
}

// dropFile deletes a disk's file that this provider has written and that is no first class disk. One that is gone is no error.
func (v *Volumes) dropFile(ctx context.Context, file string) error {
	dc, err := v.inventory.Places.Datacenter(ctx)
	if err != nil {
		return err
	}
	err = v.wire.RunIdempotent(ctx, func(ctx context.Context, vim *vim25.Client) (ref, error) {
		res, err := methods.DeleteVirtualDisk_Task(ctx, vim, &types.DeleteVirtualDisk_Task{This: *vim.ServiceContent.VirtualDiskManager,
			Name: file, Datacenter: &dc.Self})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	if faults.Is[*types.FileNotFound](err) {
		return nil
	}
	return faults.Explain("deleting "+file, err)
}
