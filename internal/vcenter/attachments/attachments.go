// SPDX-License-Identifier: MPL-2.0

// Package attachments gives machines volumes and takes them off again. An attachment needs no record: it exists where a machine has a
// device with the volume's id. What runs at the same time for one machine goes one after the other, since a vCenter refuses a second
// change.
package attachments

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

type ref = types.ManagedObjectReference

// Attachments are the volumes on the machines of one vCenter. All of its methods may be called concurrently.
type Attachments struct {
	wire     *wire.Conn
	machines *machine.Machines
	volumes  *volumes.Volumes

	queues sync.Map // of *queue, by the machines' ids
	mounts sync.Map // of map[ref]bool: the hosts that mount a datastore for writing, by the datastore
	reach  sync.Map // of *wire.Lookup[map[string]bool]: the names of a host's datastores, by the host

	checks atomic.Int32                             // how many attachments were checked
	listed wire.Lookup[map[string]openstack.Volume] // this provider's volumes, by their ids, for checks alone
}

// New prepares the attachments of a vCenter without reading any.
func New(conn *wire.Conn, machines *machine.Machines, disks *volumes.Volumes) *Attachments {
	return &Attachments{wire: conn, machines: machines, volumes: disks}
}

// Request is a volume that a machine is to have.
type Request struct {
	VolumeID    string
	ServerID    string             // the machine's instance UUID; empty: MoRef alone says which it is
	MoRef       string             // its managed object id, which saves a search; empty: it is searched for
	Root        bool               // it is the root disk of a machine that is made, and comes before its other disks
	Multiattach bool               // other machines may have the volume too; it must be what the volume was made for
	Found       *Found             // the volume as it was found a moment ago; nil: it is looked for
	Seen        *mo.VirtualMachine // the machine as it was read a moment ago, with all of Paths; nil: it is read
}

// Found is a volume, and the datastore that it lies on, as volumes.Where finds them.
type Found struct {
	Volume openstack.Volume
	Store  ref
}

// Paths are the properties of a machine that an attachment needs.
var Paths = []string{"name", "runtime.host", "runtime.powerState", "config.instanceUuid", "config.version", "config.changeVersion",
	"config.hardware.device", "snapshot"}

// Read reads the attachment of a volume. ErrNotFound where the machine is gone, or has not got the volume. Attachments that are read at the
// same moment share a call.
func (a *Attachments) Read(ctx context.Context, server, volume string) (openstack.Attachment, error) {
	server, volume = strings.ToLower(server), strings.ToLower(volume)
	all, err := a.volumes.Attachments(ctx, volume)
	if err != nil {
		return openstack.Attachment{}, err
	}
	for _, one := range all {
		if strings.EqualFold(one.ServerID, server) {
			return one, nil
		}
	}
	vm, err := a.queue(Request{ServerID: server}).read(ctx) // it may lie outside the provider's folder
	if err != nil {
		return openstack.Attachment{}, err
	}
	if found, ok := on(vm, volume); ok {
		return found, nil
	}
	return openstack.Attachment{}, openstack.NotFound("the volume %s is not attached to %s", volume, vm.Name)
}

// on returns the attachment of a volume to a machine as it was read.
func on(vm mo.VirtualMachine, volume string) (openstack.Attachment, bool) {
	for _, one := range volumes.AttachmentsOf(vm) {
		if strings.EqualFold(one.VolumeID, volume) {
			return one, true
		}
	}
	return openstack.Attachment{}, false
}

// find finds the volume of a request.
func (a *Attachments) find(ctx context.Context, r Request) (openstack.Volume, ref, error) {
	if r.Found != nil {
		return r.Found.Volume, r.Found.Store, nil
	}
	return a.volumes.Where(ctx, r.VolumeID)
}

// queue returns the queue of a machine.
func (a *Attachments) queue(r Request) *queue {
	fresh := &queue{a: a, id: strings.ToLower(r.ServerID), moref: r.MoRef, turn: make(chan struct{}, 1)}
	found, _ := a.queues.LoadOrStore(cmp.Or(fresh.id, fresh.moref), fresh)
	q, _ := found.(*queue)
	return q
}
