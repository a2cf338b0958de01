// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/diskfiles"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Uploads sends content into one datacenter. Its methods may be called concurrently.
type Uploads struct {
	// Patience is how long a lease is waited for that another process may keep, until its machine is gone: five minutes, in which a vCenter
	// lets a lease run out, and one more.
	Patience time.Duration
	// Pause is how long the first pause between two tries is.
	Pause time.Duration
	// Stalled is how long a server may take nothing of what it is sent.
	Stalled time.Duration
	// Quiet is how long a sign of life of an upload is waited for that another process may have left: longer than three of them take.
	Quiet time.Duration

	wire      *wire.Conn
	inventory *inventory.Inventory
	files     *diskfiles.Files
}

// New prepares uploads without making a call.
func New(conn *wire.Conn, at *inventory.Inventory) *Uploads {
	return &Uploads{Patience: 6 * time.Minute, Pause: 5 * time.Second, Stalled: 5 * time.Minute, Quiet: 10 * time.Second, wire: conn,
		inventory: at, files: diskfiles.New(conn, at)}
}

// Machine is a VM that is to be made with the content of its one disk.
type Machine struct {
	Name    string // for messages
	Spec    types.VirtualMachineConfigSpec
	Folder  ref
	Pool    ref
	Host    *ref // nil: the vCenter chooses
	Store   mo.Datastore
	Content *Content
	Via     string   // as Request of package image has it
	Sent    Progress // nil: none
}

// Make makes a VM and brings the content of its disk. After an error there is no such VM, but for one whose connection to the vCenter
// was lost: faults.OutcomeUnknown tells.
func (u *Uploads) Make(ctx context.Context, m Machine) (ref, error) {
	if m.Via == ViaVCenter || m.Content.ISO { // a host takes disks alone
		return u.throughVCenter(ctx, m)
	}
	vm, err := u.throughHost(ctx, m)
	var broken *brokenError
	if !errors.As(err, &broken) || broken.host == "" {
		return vm, err
	}
	if m.Via == ViaHost {
		return vm, openstack.AttributeErrorf("upload_via", "%w. Have its name resolve and its port be open where Terraform runs, or set "+
			"upload_via = \"vcenter\"", err)
	}
	logging.VCenter.Info(ctx, "the upload goes through the vCenter alone, as its ESX host cannot be reached", "host", broken.host,
		"why", err.Error())
	vm, other := u.throughVCenter(ctx, m)
	if other != nil {
		return vm, fmt.Errorf("%w\n\nThis way was taken because %w", other, err)
	}
	return vm, nil
}
