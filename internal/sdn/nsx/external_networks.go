// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// External has the external networks of routers that are tier-1 gateways. Such a network is a tier-0 gateway, as in Neutron's plugin for
// NSX: nothing is made in NSX for it, and its subnets are records. A tier-0 is one network, so that each of its addresses is given once:
// the one that is recorded for it, else itself under its own id.
type External struct {
	*l3.Backend
	nsx *Backend
}

// externalKind is the kind of the records of external networks, which are in the catalogue.
const externalKind = "external-network"

// externalNetwork is what is recorded of an external network.
type externalNetwork struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Insecure    bool            `json:"insecure,omitempty"`
	DNSDomain   string          `json:"dns_domain,omitempty"`
	Tier0       string          `json:"tier_0"` // the gateway's policy path
	Mark        *openstack.Mark `json:"mark,omitempty"`
}

// recordOf returns what is recorded of an external network.
func recordOf(n openstack.Network) externalNetwork {
	return externalNetwork{ID: n.ID, Name: n.Name, Description: n.Description, Tags: n.Tags, Insecure: n.Insecure, DNSDomain: n.DNSDomain,
		Tier0: n.Gateway, Mark: n.Mark}
}

// network returns the external network of a record, where NSX has certain tier-0 gateways. One that is gone is called by its id.
func (r externalNetwork) network(gateways []policy.Tier0) openstack.Network {
	n := edgeOfTier0(policy.Tier0{ID: policy.IDOf(r.Tier0), Path: r.Tier0})
	if at := slices.IndexFunc(gateways, func(t policy.Tier0) bool { return t.Path == r.Tier0 }); at >= 0 {
		n = edgeOfTier0(gateways[at])
	}
	n.ID, n.Name, n.Description, n.Tags, n.Insecure, n.DNSDomain, n.Mark = r.ID, r.Name, r.Description, r.Tags, r.Insecure, r.DNSDomain,
		r.Mark
	return n
}

// External returns what has the external networks.
func (b *Backend) External() *External { return &External{b.records, b} }

// Networks returns the external networks: those that are recorded, and each other tier-0 gateway.
func (x *External) Networks(ctx context.Context) ([]openstack.Network, error) {
	gateways, err := x.nsx.tier0s(ctx)
	if err != nil {
		return nil, err
	}
	recorded, err := recorded.AllCatalogued[externalNetwork](ctx, x.Backend.Backend, externalKind)
	var out []openstack.Network
	for _, r := range recorded {
		out = append(out, r.network(gateways))
	}
	for _, t := range gateways {
		if !slices.ContainsFunc(recorded, func(r externalNetwork) bool { return r.Tier0 == t.Path }) {
			out = append(out, edgeOfTier0(t))
		}
	}
	return out, err
}

// Find finds an external network by its id, its name, or both. The id may also be that of its tier-0 gateway, or the gateway's path.
func (x *External) Find(ctx context.Context, id, name string) (openstack.Network, error) {
	all, err := x.Networks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	var found []openstack.Network
	for _, n := range all {
		if (id == "" || n.Called(id) || policy.IDOf(n.Gateway) == id) && (name == "" || n.Name == name) {
			found = append(found, n)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return openstack.Network{}, openstack.AttributeErrorf("name", "%d tier-0 gateways of NSX are called %q, %s and %s for example: write "+
			"the id of one", len(found), name, found[0].ID, found[1].ID)
	}
	return openstack.Network{}, openstack.NotFound("NSX has no tier-0 gateway %q, and no external network of that name or id is recorded",
		id+name)
}

// Has reports whether an id is that of an external network.
func (x *External) Has(ctx context.Context, id string) (bool, error) {
	_, err := x.Find(ctx, id, "")
	if errors.Is(err, openstack.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// CheckNetwork finds the tier-0 gateway of a planned external network, and refuses what no such network can be.
func (x *External) CheckNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	n, err := x.placed(ctx, n)
	if err != nil {
		return n, err
	}
	all, err := x.Networks(ctx)
	if err != nil {
		return n, err
	}
	if err := x.unusedItself(ctx, n); err != nil {
		return n, err
	}
	return n, apart(n, x.nsx.c.Planned.Networks.Overlay(ctx, n, all))
}

// placed completes a network with its tier-0 gateway, or refuses it. A recorded one keeps its gateway where none is written.
func (x *External) placed(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	switch {
	case n.Type == openstack.SegmentVLAN || n.VLAN != 0 || n.Trunk || openstack.Overlay(n.Type):
		return n, openstack.AttributeErrorf("segments", "an external network is a tier-0 gateway of NSX, which has its own VLANs: leave "+
			"network_type, segmentation_id and transparent_vlan out, and write the tier-0 as physical_network")
	case n.MTU != 0:
		return n, openstack.AttributeErrorf("mtu", "an external network is a tier-0 gateway of NSX, whose uplinks have their own MTU: leave mtu "+
			"out")
	case !n.AdminUp:
		return n, openstack.AttributeErrorf("admin_state_up", "an external network is a tier-0 gateway of NSX, which is not switched off with "+
			"it: leave admin_state_up out")
	case n.QoSPolicyID != "":
		return n, openstack.AttributeErrorf("qos_policy_id", "an external network is a tier-0 gateway of NSX, which is not limited with it: "+
			"leave qos_policy_id out")
	}
	if n.ID != "" && n.PhysicalNetwork == "" {
		have, err := x.Find(ctx, n.ID, "")
		n.Kind, n.Zone, n.Gateway, n.AnyVLAN = have.Kind, have.Zone, have.Gateway, false
		return n, err
	}
	gateways, err := x.nsx.tier0s(ctx)
	if err != nil {
		return n, err
	}
	t, err := policy.ChooseTier0(gateways, n.PhysicalNetwork, n.Name)
	at := edgeOfTier0(t)
	n.Kind, n.Zone, n.Gateway, n.AnyVLAN = at.Kind, at.Zone, at.Gateway, false
	return n, err
}

// apart refuses a second external network of a tier-0 gateway, and one of the name of another, among networks that exist or are planned.
func apart(n openstack.Network, all []openstack.Network) error {
	for _, o := range all {
		same := o.ID == n.ID && n.ID != "" || o.Kind != openstack.NetworkExternal
		itself := o.ID == policy.IDOf(o.Gateway) // a gateway that has no record yet
		which := fmt.Sprintf("the network %q (%s%s)", o.Name, o.ID, o.Mark.Clause())
		if o.ID == "" {
			which = fmt.Sprintf("the network %q of this configuration", o.Name)
		}
		hint := ", or take it over. " + openstack.ImportHint("novasphere_networking_network", o.ID)
		if o.ID == "" {
			hint = ""
		}
		switch {
		case same || itself:
		case o.Gateway == n.Gateway:
			return openstack.AttributeErrorf("segments", "the tier-0 gateway %s is %s already, and it is one external network, so that each of its "+
				"addresses is given once: name that by the data source novasphere_networking_network%s", n.Zone, which, hint)
		case o.Name == n.Name:
			return openstack.AttributeErrorf("name", "%s is external and called so already: choose another name%s", which, hint)
		}
	}
	return nil
}

// unusedItself refuses to record a network for a tier-0 gateway that somebody uses under its own id.
func (x *External) unusedItself(ctx context.Context, n openstack.Network) error {
	if n.ID != "" {
		return nil
	}
	used, err := x.inUse(ctx, policy.IDOf(n.Gateway))
	if err != nil || used == nil {
		return err
	}
	return openstack.AttributeErrorf("segments", "%w", used(n.Zone+", which the tier-0 gateway is by itself,"))
}

// unusedNow is unusedItself by what is recorded now: other processes may have used the gateway since the records were read.
func (x *External) unusedNow(ctx context.Context, n openstack.Network) error {
	if err := x.nsx.c.Records.Refresh(ctx); err != nil {
		return err
	}
	return x.unusedItself(ctx, n)
}

// inUse is l3's InUse, and counts the routers on the network as well.
func (x *External) inUse(ctx context.Context, network string) (used func(name string) error, err error) {
	if used, err = x.InUse(ctx, network); err != nil || used != nil {
		return used, err
	}
	routers, err := x.Routers(ctx)
	at := slices.IndexFunc(routers, func(r openstack.Router) bool {
		return r.ExternalNetworkID == network || slices.Contains(r.Gateways, network)
	})
	if err != nil || at < 0 {
		return nil, err
	}
	return func(name string) error {
		return &recorded.InUse{Text: fmt.Sprintf("the network %s is in use: it is the external network of the router %q (%s). Delete that, or "+
			"take its external_network_id away, first", name, routers[at].Name, routers[at].ID)}
	}, nil
}

// CreateNetwork records an external network.
func (x *External) CreateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	x.nsx.gateways.Forget() // the operator may have changed them since the plan
	n, err := x.placed(ctx, n)
	if err == nil {
		err = x.unusedNow(ctx, n)
	}
	if err != nil {
		return n, err
	}
	wish, mark := n, x.nsx.c.Records.Mark("")
	wish.ID, wish.Mark = uuid.NewString(), &mark
	err = x.nsx.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		others, err := records.All[externalNetwork](all, externalKind)
		if err != nil {
			return err
		}
		var there []openstack.Network
		for _, o := range others {
			there = append(there, o.network(nil))
		}
		if err := apart(wish, there); err != nil {
			return err
		}
		return all.Put(externalKind, wish.ID, recordOf(wish))
	})
	if err != nil {
		return n, err
	}
	if err := x.unusedNow(ctx, n); err != nil { // by another process, before it could see the record
		return n, errors.Join(err, x.drop(context.WithoutCancel(ctx), wish.ID))
	}
	logging.Network.Info(ctx, "an external network is recorded", "network", wish.Name, "id", wish.ID, "tier_0", wish.Gateway)
	return x.Find(ctx, wish.ID, "")
}

// UpdateNetwork changes the record of an external network: its name, description and labels.
func (x *External) UpdateNetwork(ctx context.Context, n openstack.Network) (openstack.Network, error) {
	if !n.External {
		return n, openstack.AttributeErrorf("external", "the network %s is a tier-0 gateway of NSX, and cannot become another one: make another "+
			"network", n.Name)
	}
	n, err := x.placed(ctx, n)
	if err != nil {
		return n, err
	}
	all, err := x.Networks(ctx)
	if err == nil {
		err = apart(n, all)
	}
	if err != nil {
		return n, err
	}
	err = x.nsx.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		var is externalNetwork
		if err := all.Get(externalKind, n.ID, &is); err != nil {
			return err
		}
		now := recordOf(n)
		now.Tier0, now.Mark = is.Tier0, is.Mark
		return all.Put(externalKind, n.ID, now)
	})
	if err != nil {
		return n, records.Known("network", n.ID, err)
	}
	return x.Find(ctx, n.ID, "")
}

// DeleteNetwork removes the record of an external network without subnets, ports and routers. A tier-0 gateway stays.
func (x *External) DeleteNetwork(ctx context.Context, id string) (ours bool, err error) {
	err = x.WhenFree(ctx, func() (err error) {
		ours, err = x.deleteNetwork(ctx, id)
		return err
	})
	return ours, err
}

func (x *External) deleteNetwork(ctx context.Context, id string) (ours bool, err error) {
	x.nsx.c.Records.OfNetwork(id).Forget()
	x.nsx.c.Records.Catalogue.Forget() // another process may have deleted its routers
	n, err := x.Find(ctx, id, "")
	if err != nil || n.Mark == nil {
		return err != nil, err
	}
	used, err := x.inUse(ctx, id)
	switch {
	case err != nil:
		return true, err
	case used != nil:
		return true, used(n.Name)
	}
	if err := x.nsx.c.Records.OfNetwork(id).Retire(ctx); err != nil {
		return true, err
	}
	return true, x.drop(ctx, id)
}

// drop removes the record of an external network that must exist.
func (x *External) drop(ctx context.Context, id string) error {
	err := x.nsx.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		if err := all.Get(externalKind, id, &externalNetwork{}); errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		all.Drop(externalKind, id)
		return nil
	})
	return records.Known("network", id, err)
}
