// SPDX-License-Identifier: MPL-2.0

// Package blocks gives instances the volumes of their block_device blocks, before their first start, and says what becomes of these volumes
// when an instance is destroyed. A volume that is made for a block has a mark that follows from the instance and the block, so that an
// interrupted creation finds it again.
package blocks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/attachments"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/blockdevices"
)

// Blocks are the volumes of instances' blocks in one vCenter.
type Blocks struct {
	wire        *wire.Conn
	inventory   *inventory.Inventory
	volumes     *volumes.Volumes
	attachments *attachments.Attachments

	stores sync.Map // of the names of their datastores, by clusters and hosts
	found  sync.Map // of *attachments.Found, by the ids of volumes that are about to be attached
}

// New returns Blocks. It calls nothing.
func New(conn *wire.Conn, at *inventory.Inventory, disks *volumes.Volumes, attached *attachments.Attachments) *Blocks {
	return &Blocks{wire: conn, inventory: at, volumes: disks, attachments: attached}
}

// Machine is an instance whose VM exists and is off.
type Machine struct {
	VM mo.VirtualMachine // as read
	openstack.Server
}

// Source reads the volume that a block names, or the one whose snapshot it names. A snapshot's id is "<volume>/<snapshot>".
func (b *Blocks) Source(ctx context.Context, block openstack.BlockDevice) (openstack.Volume, error) {
	id, snapshot, _ := strings.Cut(block.UUID, "/")
	found, err := b.volumes.Read(ctx, id)
	if err != nil || block.Source != openstack.SourceSnapshot {
		return found, err
	}
	if !slices.ContainsFunc(found.Snapshots, func(s openstack.VolumeSnapshot) bool { return s.ID == snapshot }) {
		return found, openstack.NotFound("the volume %s has no snapshot %s; a snapshot's id is <volume>/<snapshot>", found.Name, snapshot)
	}
	return found, nil
}

// Boot is Source for an instance that is about to be made: the volume need not be looked for again when it is attached.
func (b *Blocks) Boot(ctx context.Context, block openstack.BlockDevice) (openstack.Volume, error) {
	if block.Source != openstack.SourceVolume {
		return b.Source(ctx, block)
	}
	found, store, err := b.volumes.Where(ctx, block.UUID)
	if err == nil {
		b.found.Store(block.UUID, &attachments.Found{Volume: found, Store: store})
	}
	return found, err
}

// markOf returns what a volume for a block is known by.
func markOf(server string, block int) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("novasphere:"+server+"/"+blockdevices.Path(block))).String()
}

// nameOf returns the name of a volume for a block. Nova gives its volumes none, and a first class disk has one.
func nameOf(server string, block int) string { return fmt.Sprintf("%s-%d", server, block) }
