// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const trunkKind = "trunk"

// A trunk is recorded in the catalogue, where one write can see all trunks, so that no port is in two. Its ports say in their own records
// that they are in it, so that a deletion of one needs no other record, and a booking of its parent looks for the trunk.

// CheckTrunk checks a trunk as far as its ports are known. Those of other trunks, and those that are plugged in, may be free when the trunk
// is made.
func (b *Backend) CheckTrunk(ctx context.Context, t openstack.Trunk) (caveat string, err error) {
	if err := ownPorts(nil, t); err != nil {
		return "", err
	}
	_, ports, err := b.complete(ctx, t)
	if err != nil {
		return "", err
	}
	return b.place.CheckTrunkPorts(ctx, t, ports)
}

// ownPorts refuses ports that are in other trunks, or twice in this one.
func ownPorts(all []openstack.Trunk, t openstack.Trunk) error {
	in := map[string]openstack.Trunk{}
	for _, other := range all {
		if other.ID == t.ID {
			continue
		}
		in[other.PortID] = other
		for _, s := range other.SubPorts {
			in[s.PortID] = other
		}
	}
	if other, taken := in[t.PortID]; taken && t.PortID != "" {
		return openstack.AttributeErrorf("port_id", "the port %s is in the trunk %s already%s, and a port is in one: choose another port. %s",
			t.PortID, other.ID, other.Mark.Clause(), openstack.ImportHint("novasphere_networking_trunk", other.ID))
	}
	seen, vlans := map[string]bool{t.PortID: true}, map[int64]string{}
	for _, s := range t.SubPorts {
		if s.PortID == "" {
			continue
		}
		if other, taken := in[s.PortID]; taken {
			return openstack.AttributeErrorf("sub_port", "the port %s is in the trunk %s already%s, and a port is in one: take it out there, or "+
				"choose another port", s.PortID, other.ID, other.Mark.Clause())
		}
		if seen[s.PortID] {
			return openstack.AttributeErrorf("sub_port", "the port %s is in the trunk twice: write it once", s.PortID)
		}
		if first, taken := vlans[s.VLAN]; taken && s.VLAN != 0 {
			return openstack.AttributeErrorf("sub_port", "the ports %s and %s have the same segmentation_id, %d, and a guest tells sub ports apart "+
				"by it: one of them is enough", first, s.PortID, s.VLAN)
		}
		seen[s.PortID], vlans[s.VLAN] = true, s.PortID
	}
	return nil
}

// complete looks for a trunk's ports, and notes their networks. ports has the parent first, as far as its id is known.
func (b *Backend) complete(ctx context.Context, t openstack.Trunk) (openstack.Trunk, []openstack.Port, error) {
	var ports []openstack.Port
	if t.PortID != "" {
		parent, err := b.FindPort(ctx, t.PortID)
		if err != nil {
			return t, nil, openstack.AttributeErrorf("port_id", "%w", err)
		}
		t.NetworkID, ports = parent.NetworkID, append(ports, parent)
	}
	t.SubPorts = slices.Clone(t.SubPorts)
	for i, s := range t.SubPorts {
		if s.PortID == "" {
			continue
		}
		p, err := b.FindPort(ctx, s.PortID)
		if err != nil {
			return t, nil, openstack.AttributeErrorf("sub_port", "%w", err)
		}
		n, err := b.place.Network(ctx, p.NetworkID, "")
		if err != nil {
			return t, nil, openstack.AttributeErrorf("sub_port", "%w", err)
		}
		t.SubPorts[i].NetworkID, t.SubPorts[i].VLAN, ports = p.NetworkID, n.VLAN, append(ports, p)
	}
	return t, ports, nil
}

// CreateTrunk records a trunk, and then in its ports that they are in it.
func (b *Backend) CreateTrunk(ctx context.Context, t openstack.Trunk) (openstack.Trunk, error) {
	whole, err := b.prepared(ctx, t)
	if err != nil {
		return t, err
	}
	mark := b.c.Records.Mark("")
	whole.ID, whole.Mark = cmp.Or(t.ID, uuid.NewString()), &mark
	err = b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		others, err := records.All[openstack.Trunk](all, trunkKind)
		if err != nil {
			return err
		}
		if err := ownPorts(others, whole); err != nil {
			return err
		}
		return all.Put(trunkKind, whole.ID, whole)
	})
	if err != nil {
		return t, err
	}
	return whole, b.join(ctx, whole, nil)
}

// prepared returns a checked trunk with the networks of its ports, whose parent's network is ready for it.
func (b *Backend) prepared(ctx context.Context, t openstack.Trunk) (openstack.Trunk, error) {
	all, err := b.Trunks(ctx)
	if err != nil {
		return t, err
	}
	if err := ownPorts(all, t); err != nil {
		return t, err
	}
	whole, ports, err := b.complete(ctx, t)
	if err != nil {
		return t, err
	}
	if _, err := b.place.CheckTrunkPorts(ctx, t, ports); err != nil {
		return t, err
	}
	for _, p := range ports {
		if p.ID == t.PortID || p.DeviceID == "" {
			continue
		}
		if err := b.CheckUnplugged(ctx, p.NetworkID, p.ID); err != nil {
			return t, openstack.AttributeErrorf("sub_port", "%w", err)
		}
	}
	return whole, b.place.AllowTrunk(ctx, whole)
}

// join records in the ports of a trunk that they are in it, takes that out of the records of sub ports that have left, and has the
// parent's place follow.
func (b *Backend) join(ctx context.Context, t openstack.Trunk, left []openstack.SubPort) error {
	in := map[string]string{t.PortID: t.NetworkID}
	for _, s := range t.SubPorts {
		in[s.PortID] = s.NetworkID
	}
	for _, s := range left {
		if in[s.PortID] != "" {
			continue
		}
		if err := b.setTrunk(ctx, s.NetworkID, s.PortID, func(p *openstack.Port) { leaveTrunk(p, t.ID) }); err != nil {
			return err
		}
	}
	for id, network := range in {
		sub := id != t.PortID
		err := b.setTrunk(ctx, network, id, func(p *openstack.Port) { p.TrunkID, p.SubPort = t.ID, sub })
		if err != nil {
			return err
		}
	}
	return b.followTrunk(ctx, t)
}

func leaveTrunk(p *openstack.Port, id string) {
	if p.TrunkID == id {
		p.TrunkID, p.SubPort = "", false
	}
}

// setTrunk changes a port's record; a port that is gone stays gone.
func (b *Backend) setTrunk(ctx context.Context, network, id string, change func(*openstack.Port)) error {
	err := b.c.Records.OfNetwork(network).Update(ctx, func(all records.Set) error {
		var p openstack.Port
		if err := all.Get(PortKind, id, &p); errors.Is(err, openstack.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		change(&p)
		return all.Put(PortKind, id, p)
	})
	if errors.Is(err, records.ErrNoStore) {
		return nil
	}
	return err
}

// followTrunk has the place of a trunk's parent follow, if it has one.
func (b *Backend) followTrunk(ctx context.Context, t openstack.Trunk) error {
	parent, err := b.Port(ctx, t.NetworkID, t.PortID)
	if err != nil || parent.SwitchPort == "" {
		return ignoreNotFound(err)
	}
	return b.carryOut(ctx, traffic.Change{Port: parent.ID})
}

func ignoreNotFound(err error) error {
	if errors.Is(err, openstack.ErrNotFound) || errors.Is(err, openstack.ErrNoRecords) {
		return nil
	}
	return err
}

// Trunk reads one trunk.
func (b *Backend) Trunk(ctx context.Context, id string) (t openstack.Trunk, err error) {
	return Catalogued[openstack.Trunk](ctx, b, trunkKind, "trunk", id)
}

// Trunks returns all trunks, in the order of their ids.
func (b *Backend) Trunks(ctx context.Context) ([]openstack.Trunk, error) {
	return AllCatalogued[openstack.Trunk](ctx, b, trunkKind)
}

// UpdateTrunk changes a trunk's record, the records of the sub ports that come and go, and the parent's place.
func (b *Backend) UpdateTrunk(ctx context.Context, t openstack.Trunk) (openstack.Trunk, error) {
	t, err := b.prepared(ctx, t)
	if err != nil {
		return t, err
	}
	var before openstack.Trunk
	err = b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		before = openstack.Trunk{}
		if err := all.Get(trunkKind, t.ID, &before); err != nil {
			return err
		}
		others, err := records.All[openstack.Trunk](all, trunkKind)
		if err != nil {
			return err
		}
		if err := ownPorts(others, t); err != nil {
			return err
		}
		t.Mark = before.Mark
		return all.Put(trunkKind, t.ID, t)
	})
	if err != nil {
		return t, records.Known("trunk", t.ID, err)
	}
	return t, b.join(ctx, t, before.SubPorts)
}

// DeleteTrunk takes a trunk's ports out of it, has the parent's place follow, and removes its record last, so that what an interrupt leaves
// undone is done by the next.
func (b *Backend) DeleteTrunk(ctx context.Context, id string) error {
	t, err := b.Trunk(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range append([]openstack.SubPort{{PortID: t.PortID, NetworkID: t.NetworkID}}, t.SubPorts...) {
		if err := b.setTrunk(ctx, p.NetworkID, p.PortID, func(p *openstack.Port) { leaveTrunk(p, id) }); err != nil {
			return err
		}
	}
	if err := b.followTrunk(ctx, t); err != nil {
		return err
	}
	return records.Known("trunk", id, b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		all.Drop(trunkKind, id)
		return nil
	}))
}

// hasLeft reports whether a port's record names a trunk that has the port no longer: a change of the trunk that was interrupted leaves the
// name there.
func (b *Backend) hasLeft(ctx context.Context, network, id string) (bool, error) {
	p, err := b.Port(ctx, network, id)
	if err != nil || p.TrunkID == "" {
		return false, ignoreNotFound(err)
	}
	if err := b.c.Records.Refresh(ctx); err != nil { // another process may have put it into the trunk just now
		return false, err
	}
	all, err := b.Trunks(ctx)
	return err == nil && !slices.ContainsFunc(all, func(t openstack.Trunk) bool {
		return t.ID == p.TrunkID && (t.PortID == id || slices.ContainsFunc(t.SubPorts, func(s openstack.SubPort) bool { return s.PortID == id }))
	}), err
}
