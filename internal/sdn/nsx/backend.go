// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"context"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/qos"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/recorded/l3"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Backend keeps networks as segments of NSX, and their ports as segment ports. It does what internal/sdn asks of networks, subnets and
// ports, for the networks that are segments.
type Backend struct {
	c       *vcenter.Client
	cfg     Config
	api     *api.Client
	root    policy.Root
	records *l3.Backend

	identity wire.Lookup[policy.Owner]
	zones    wire.Lookup[[]policy.TransportZone]
	clusters wire.Lookup[[]edgeCluster]
	gateways wire.Lookup[[]policy.Tier0]
	natRules natRules
	uplinks  sync.Map                     // what finds the uplinks of each tier-0 gateway, by its path
	list     wire.Lookup[[]policy.Object] // the segments
	profiles sync.Map                     // what finds each shared profile made, by its path
	maps     sync.Map                     // what finds the binding maps of ports, by their kind and segment
	ports    sync.Map                     // portLists of segments, by their ids
	whole    sync.Map                     // the ids of ports that this process has bound to their profiles
	realized sync.Map                     // looks for what is realized, by segments' ids
	qos      *qos.Profiles
	limited  sync.Map // what finds the profile that a segment is bound to, by the segments' ids

	serviceClusters sync.Map // what finds the edge cluster of each tier-0 gateway, by its path
	plugged         looks[bool]
	prepare         func(ctx context.Context, p openstack.Port) error // nil: NSX enforces no groups
}

// New prepares a backend without calling NSX or the vCenter. The records are those of all networks, whichever backend has them. An error is
// an openstack.FieldError for an argument of the block nsx.
func New(cfg Config, c *vcenter.Client, records *l3.Backend) (*Backend, error) {
	manager, err := api.New(cfg.Config)
	if err != nil {
		return nil, err
	}
	b := &Backend{c: c, cfg: cfg, api: manager, root: policy.Root(manager.Root()), records: records}
	b.plugged.do = b.lookForNICs
	b.qos = qos.New(manager, records, c.Records.Refresh, b.owner)
	b.natRules.batch.Do = b.searchNATRules
	return b, nil
}

// Close ends the session with NSX, if there is one.
func (b *Backend) Close(ctx context.Context) error { return b.api.Close(ctx) }

// owner returns what tells this provider's objects from others: the datacenter that has the records, and the vCenter that has it.
func (b *Backend) owner(ctx context.Context) (policy.Owner, error) {
	return b.identity.Get(func() (policy.Owner, error) {
		dc, err := b.c.Inventory.Places.Datacenter(ctx)
		if err != nil {
			return policy.Owner{}, err
		}
		home, err := b.c.Home(ctx)
		if err != nil {
			return policy.Owner{}, err
		}
		w := policy.Owner{Folder: home + "/" + dc.Name + "/" + records.Folder}
		if b.cfg.TagScheme == TagsNeutron {
			w.Neutron = &policy.Neutron{ProjectID: b.c.Config.Project, ProjectName: b.c.Config.Project, APIVersion: b.c.Config.Version}
		}
		return w, nil
	})
}

// transportZones returns the transport zones of NSX, which are read once.
func (b *Backend) transportZones(ctx context.Context) ([]policy.TransportZone, error) {
	return b.zones.Get(func() ([]policy.TransportZone, error) {
		return api.List[policy.TransportZone](ctx, b.api, b.api.EnforcementPath("transport-zones"), nil)
	})
}

// HasZone reports whether NSX has a transport zone with an id, path or name, and whether it is an overlay's.
func (b *Backend) HasZone(ctx context.Context, name string) (overlay, found bool, err error) {
	zones, err := b.transportZones(ctx)
	for _, z := range zones {
		if z.Name == name || z.ID == name || z.Path == name {
			return z.Overlay(), true, err
		}
	}
	return false, false, err
}

// VLANHome reports whether VLAN networks that name no physical network are made on NSX.
func (b *Backend) VLANHome() bool { return b.cfg.VLANTransportZone != "" }

// zoneOf returns the transport zone of a network: the one that it names, else the one that it is in, else the provider's.
func (b *Backend) zoneOf(ctx context.Context, n openstack.Network) (policy.TransportZone, error) {
	zones, err := b.transportZones(ctx)
	if err != nil {
		return policy.TransportZone{}, err
	}
	wanted, argument := b.cfg.VLANTransportZone, "nsx.vlan_transport_zone"
	if n.Overlay {
		wanted, argument = b.cfg.TransportZone, "nsx.transport_zone"
	}
	if n.ID != "" && n.Zone != "" { // a network that exists stays where it is
		wanted = n.Zone
	}
	if n.PhysicalNetwork != "" {
		zone, err := policy.ChooseZone(zones, n.PhysicalNetwork, n.Overlay)
		if err != nil {
			err = openstack.AttributeErrorf("segments", "%w", err)
		}
		return zone, err
	}
	zone, err := policy.ChooseZone(zones, wanted, n.Overlay)
	if err != nil {
		err = openstack.ProviderErrorf(argument, "%w", err)
	}
	return zone, err
}
