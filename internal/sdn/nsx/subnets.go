// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
)

// A subnet is a record. NSX knows one only where it serves DHCP on it: enable_dhcp = true means that NSX does, where on a portgroup, and on
// a segment that somebody else made, it means that somebody else does.

// servesItself reports whether DHCP on a network is this provider's to set up in NSX: the network's segment is.
func (b *Backend) servesItself(ctx context.Context, network string) (bool, error) {
	n, err := b.Network(ctx, network, "")
	return n.Mark != nil, err
}

// CheckSubnet refuses a subnet that its segment cannot have.
func (b *Backend) CheckSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error) {
	s, err := b.records.CheckSubnet(ctx, s)
	if err != nil || !s.DHCP {
		return s, err
	}
	if ours, err := b.servesItself(ctx, s.NetworkID); err != nil || !ours {
		return s, err
	}
	if err := policy.CheckDHCP(s); err != nil {
		return s, err
	}
	others, err := b.records.Subnets(ctx, s.NetworkID)
	if err != nil {
		return s, err
	}
	others = b.c.Planned.Subnets.Overlay(ctx, s, others)
	routed, err := b.routedBy(ctx, s.NetworkID)
	if err != nil {
		return s, err
	}
	served := slices.DeleteFunc(others, func(o openstack.Subnet) bool {
		return !o.DHCP && !slices.Contains(routed, o.ID) || o.NetworkID != s.NetworkID
	})
	if err := policy.CheckOnlyOne(s, served); err != nil {
		return s, err
	}
	_, err = b.edgeCluster(ctx)
	return s, err
}

// CreateSubnet records a subnet, and has NSX serve DHCP on it where it says so.
func (b *Backend) CreateSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error) {
	s, err := b.records.CreateSubnet(ctx, s)
	if err != nil {
		return s, err
	}
	return s, b.serveNew(ctx, s)
}

// serveNew serves DHCP on a subnet that was just recorded. Where that fails, the subnet goes again.
func (b *Backend) serveNew(ctx context.Context, s openstack.Subnet) error {
	if !s.DHCP {
		return nil
	}
	err := b.serve(ctx, s)
	if err == nil {
		return nil
	}
	end := context.WithoutCancel(ctx)
	if undone := b.DeleteSubnet(end, s.NetworkID, s.ID); undone != nil {
		err = errors.Join(err, fmt.Errorf("its record is left, and can be imported: %w", undone))
	}
	return err
}

// CutSubnet is CreateSubnet for a subnet that the records have cut from a pool.
func (b *Backend) CutSubnet(ctx context.Context, s openstack.Subnet, complete func(openstack.Subnet) (openstack.Subnet, error)) (
	openstack.Subnet, error) {
	s, err := b.records.CutSubnet(ctx, s, complete)
	if err != nil {
		return s, err
	}
	return s, b.serveNew(ctx, s)
}

// UpdateSubnet changes a subnet's record, and what NSX serves on it.
func (b *Backend) UpdateSubnet(ctx context.Context, network, id string, change func(*openstack.Subnet) error) (openstack.Subnet, error) {
	s, err := b.records.UpdateSubnet(ctx, network, id, change)
	if err != nil {
		return s, err
	}
	if s.DHCP {
		return s, b.serve(ctx, s)
	}
	return s, b.unserveLeft(ctx, s)
}

// unserveLeft ends DHCP on a subnet that is to have none, where NSX serves it, or a process has not brought that to its end.
func (b *Backend) unserveLeft(ctx context.Context, s openstack.Subnet) error {
	served, err := b.hasServer(ctx, s)
	if err != nil || !served {
		return err
	}
	return b.unserve(ctx, s)
}

// DeleteSubnet removes a subnet on which no port has an address but that of its DHCP server.
func (b *Backend) DeleteSubnet(ctx context.Context, network, id string) error {
	s, err := b.records.Subnet(ctx, network, id)
	served := false
	if err == nil {
		served, err = b.hasServer(ctx, s)
	}
	if err == nil && served {
		err = b.records.WhenFree(ctx, func() error {
			if err := b.unusedBeside(ctx, s); err != nil {
				return err
			}
			return b.unserve(ctx, s)
		})
	}
	if err != nil {
		return err
	}
	return b.records.DeleteSubnet(ctx, network, id)
}

// unusedBeside refuses to delete a subnet on which anything but its DHCP server has an address.
func (b *Backend) unusedBeside(ctx context.Context, s openstack.Subnet) error {
	holders, err := b.records.HoldersOn(ctx, s.NetworkID)
	used := slices.DeleteFunc(holders, func(p openstack.Port) bool {
		return p.ID == serverPortID(s.ID) ||
			!slices.ContainsFunc(p.FixedIPs, func(ip openstack.FixedIP) bool { return ip.SubnetID == s.ID })
	})
	if err != nil || len(used) == 0 {
		return err
	}
	return &recorded.InUse{Text: fmt.Sprintf("the subnet %s is in use: %s have an address on it. Delete them first", s.ID,
		recorded.Inventory(nil, used)), Ports: used}
}
