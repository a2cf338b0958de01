// SPDX-License-Identifier: MPL-2.0

package volumes

import (
	"context"
	"net/url"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes/metadata"
)

// RegisterRequest is a disk that is there already, and the volume that it becomes.
type RegisterRequest struct {
	File string // for example "[vmfs-1] web/web.vmdk"
	Request
}

// Register makes a first class disk of a disk's file, which a machine that is off may have, with its record and so that it outlives the
// machine. A file that is a first class disk already is that volume, as after an interruption, and gets what it lacks. Its size and its
// storage policy stay. Whether the flag to outlive machines has stuck is not read back: Keep does that. A volume that exists comes back
// although there is an error. The error is an ElsewhereError where the vCenter takes the file for another disk.
func (v *Volumes) Register(ctx context.Context, r RegisterRequest) (openstack.Volume, error) {
	if err := metadata.Check(r.VolumeSpec); err != nil {
		return openstack.Volume{}, err
	}
	want := v.wanted(r.Request)
	found, err := v.register(ctx, r.File, diskName(want))
	if err != nil {
		return found.Volume, faults.Explain("registering "+r.File+" as a volume", err)
	}
	if found.File != r.File {
		return openstack.Volume{}, &ElsewhereError{File: r.File, ID: found.ID, At: found.File}
	}
	if found.MarkID != "" { // as an earlier call has left it
		want.MarkID = found.MarkID
	}
	if err := v.writeRecord(ctx, found, want); err != nil {
		return found.Volume, err
	}
	want.ID, want.SizeMB, want.Size = found.ID, found.SizeMB, found.Size
	want.Datastore, want.File, want.Created = found.Datastore, found.File, found.Created
	return want, v.setKeep(ctx, found)
}

// ElsewhereError is a file that the vCenter takes for a disk that lies in another file: it was copied from that disk, whose id is in it
// (govmomi #2352).
type ElsewhereError struct{ File, ID, At string }

// Error names both files.
func (e *ElsewhereError) Error() string {
	return "the vCenter takes " + e.File + " for the volume " + e.ID + ", which lies in " + e.At + ": the disk was copied from a volume as " +
		"a file, and has its id. Make the image anew, from a disk that was no volume"
}

// register has the catalogue take in a disk's file. One that it has already is found by the id that the refusal names.
func (v *Volumes) register(ctx context.Context, file, name string) (located, error) {
	dc, err := v.inventory.Places.Datacenter(ctx)
	if err != nil {
		return located{}, err
	}
	vim, manager, err := v.manager(ctx)
	if err != nil {
		return located{}, err
	}
	store, inside, _ := strings.Cut(strings.TrimPrefix(file, "["), "] ")
	at := url.URL{Scheme: "https", Host: vim.URL().Host, Path: "/folder/" + inside,
		RawQuery: url.Values{"dcPath": {dc.Kept}, "dsName": {store}}.Encode()}
	var found located
	err = retry.Once(func() error {
		res, err := methods.RegisterDisk(ctx, vim, &types.RegisterDisk{This: manager, Path: at.String(), Name: name})
		if err == nil {
			config := res.Returnval.Config
			found = located{fromDisk(config), storeOf(config), metadata.Values(config.Metadata)}
		}
		return err
	})
	defer v.Changed()
	var there *types.AlreadyExists
	if faults.As(err, &there) && there.Name != "" {
		return v.locate(ctx, there.Name)
	}
	return found, err
}
