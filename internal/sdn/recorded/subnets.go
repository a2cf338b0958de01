// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// CheckSubnet refuses a subnet of a network that is not there, and one that overlaps another of its network, existing or planned. An
// existing subnet is compared with planned ones only.
func (b *Backend) CheckSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error) {
	var others []openstack.Subnet
	if s.ID == "" {
		if _, err := b.place.Network(ctx, s.NetworkID, ""); err != nil {
			return s, openstack.AttributeErrorf("network_id", "%w", err)
		}
		var err error
		if others, err = b.Subnets(ctx, s.NetworkID); err != nil {
			return s, err
		}
	}
	if s.ID == "" && s.PoolID != "" {
		if _, err := b.CheckCut(ctx, s); err != nil {
			return s, err
		}
	}
	beside := slices.DeleteFunc(b.planned.Subnets.Overlay(ctx, s, others), func(o openstack.Subnet) bool { // of the same pool, elsewhere
		return o.NetworkID != s.NetworkID
	})
	return s, sdn.CheckOverlap(s, beside)
}

// CreateSubnet records a subnet, unless one of its network overlaps it.
func (b *Backend) CreateSubnet(ctx context.Context, s openstack.Subnet) (openstack.Subnet, error) {
	if err := b.checkNetworkID(ctx, s.NetworkID); err != nil {
		return s, err
	}
	mark := b.c.Records.Mark("")
	s.ID, s.Mark = cmp.Or(s.ID, uuid.NewString()), &mark
	return s, b.c.Records.OfNetwork(s.NetworkID).Claim(ctx, func(all records.Set) error {
		others, err := records.All[openstack.Subnet](all, SubnetKind)
		if err != nil {
			return err
		}
		if err := sdn.CheckOverlap(s, others); err != nil {
			return err
		}
		return all.Put(SubnetKind, s.ID, s)
	})
}

// Subnet reads one subnet.
func (b *Backend) Subnet(ctx context.Context, network, id string) (s openstack.Subnet, err error) {
	all, err := b.View(ctx, "subnet", network, id)
	if err != nil {
		return s, err
	}
	return s, all.Get(SubnetKind, id, &s)
}

// Subnets returns the subnets of one network or, if network is empty, of all.
func (b *Backend) Subnets(ctx context.Context, network string) ([]openstack.Subnet, error) {
	return On[openstack.Subnet](ctx, b, SubnetKind, network)
}

// UpdateSubnet changes a subnet's record. A port keeps its address even if a smaller pool no longer contains it.
func (b *Backend) UpdateSubnet(ctx context.Context, network, id string, change func(*openstack.Subnet) error) (openstack.Subnet, error) {
	var s openstack.Subnet
	err := b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		s = openstack.Subnet{}
		if err := all.Get(SubnetKind, id, &s); err != nil {
			return err
		}
		if err := change(&s); err != nil {
			return err
		}
		if err := keepGateway(all, s); err != nil {
			return err
		}
		return all.Put(SubnetKind, id, s)
	})
	return s, b.Lost(ctx, "subnet", network, id, b.Naming(ctx, err))
}

// DeleteSubnet removes the record of a subnet without ports and routers, and after the last record the network's records VM.
func (b *Backend) DeleteSubnet(ctx context.Context, network, id string) error {
	return b.WhenFree(ctx, func() error { return b.deleteSubnet(ctx, network, id) })
}

func (b *Backend) deleteSubnet(ctx context.Context, network, id string) error {
	err := b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		if err := all.Get(SubnetKind, id, &openstack.Subnet{}); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		ports, err := Holders(all)
		if err != nil {
			return err
		}
		ports = slices.DeleteFunc(ports, func(p openstack.Port) bool {
			return IsInterface(p) || !slices.ContainsFunc(p.FixedIPs, func(ip openstack.FixedIP) bool { return ip.SubnetID == id })
		})
		if len(ports) > 0 {
			return &InUse{fmt.Sprintf("the subnet %s is in use: %s have an address on it. Delete them first. Where the subnet is to be replaced, "+
				"make the new one first, because Terraform destroys before it updates (lifecycle { create_before_destroy = true } in its block): its "+
				"ports then move to it", id,
				Inventory(nil, ports)), ports}
		}
		if err := unrouted(all, id); err != nil {
			return err
		}
		all.Drop(SubnetKind, id)
		return nil
	})
	if err != nil {
		return b.Lost(ctx, "subnet", network, id, b.Naming(ctx, err))
	}
	return b.Retire(ctx, network)
}
