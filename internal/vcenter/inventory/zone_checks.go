// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// CheckPlacement checks that a zone's cluster, resource pool and datastores exist and fit together, so that a wrong choice is an error of
// the plan.
func (c *Inventory) CheckPlacement(ctx context.Context, zone string) error {
	s, err := c.Places.In(zone)
	if err != nil {
		return err
	}
	if err = s.checked(ctx); err != nil {
		return err
	}
	_, err = c.pinAmong(ctx, zone, c.hostsToBeOf)
	return err
}

// checked checks that the parts of a zone fit together. Success is cached.
func (s *Site) checked(ctx context.Context) error {
	_, err := s.fitOnce.Get(func() (struct{}, error) { return struct{}{}, s.atZoneBlock(s.fit(ctx)) })
	return err
}

// CheckZones refuses a configuration with a zone whose parts do not fit together, used or not. It checks all concurrently, so that their
// reads share calls. A zone whose cluster is planned is checked where it is used.
func (c *Inventory) CheckZones(ctx context.Context) error {
	failed := make([]error, len(c.Config.Zones))
	var all sync.WaitGroup
	for i, zone := range c.Config.Zones {
		if _, planned := c.Planned.Clusters.Find(zone.Cluster); !planned {
			all.Go(func() { failed[i] = c.Places.Zones[zone.Name].checked(ctx) })
		}
	}
	all.Wait()
	return errors.Join(failed...)
}

// RulePrefix begins the names of the DRS rules and groups that this provider makes.
const RulePrefix = "novasphere-"

// PinOf returns the host that "zone:host" names as a mandatory rule, or no pin if only a zone is named.
func (c *Inventory) PinOf(ctx context.Context, zone string) (openstack.Pin, error) {
	return c.pinAmong(ctx, zone, c.hostsOf)
}

func (c *Inventory) pinAmong(ctx context.Context, zone string,
	nodes func(context.Context, mo.ComputeResource) ([]openstack.Hypervisor, error)) (openstack.Pin, error) {
	name, host := SplitZone(zone)
	if host == "" {
		return openstack.Pin{}, nil
	}
	cluster, err := c.ClusterOf(ctx, zone)
	if err != nil {
		return openstack.Pin{}, err
	}
	all, err := nodes(ctx, cluster)
	if err != nil {
		return openstack.Pin{}, err
	}
	var names []string
	for _, h := range all {
		if strings.EqualFold(h.Hostname, host) {
			return openstack.Pin{Name: RulePrefix + "host-" + h.ID, Hosts: []string{h.ID}}, nil
		}
		names = append(names, h.Hostname)
	}
	return openstack.Pin{}, openstack.AttributeErrorf("availability_zone", "%w",
		faults.NoSuch("host", host, "the cluster "+cluster.Name+" of the zone "+name, names))
}

// hostsOf returns a cluster's present hosts, with id and name only.
func (c *Inventory) hostsOf(ctx context.Context, cluster mo.ComputeResource) (out []openstack.Hypervisor, err error) {
	hosts, err := c.Places.Hosts(ctx)
	for _, r := range cluster.Host {
		if host, ok := hosts[r]; ok {
			out = append(out, openstack.Hypervisor{ID: r.Value, Hostname: host.Name})
		}
	}
	return out, err
}

// hostsToBeOf returns a cluster's hosts as planned.
func (c *Inventory) hostsToBeOf(ctx context.Context, cluster mo.ComputeResource) ([]openstack.Hypervisor, error) {
	all, err := c.PlannedHypervisors(ctx)
	return slices.DeleteFunc(all, func(h openstack.Hypervisor) bool {
		return !h.IsHost || h.Node != "" && ClusterPart(h.Node) != cluster.Self.Value
	}), err
}

// fit checks each part of a zone.
func (s *Site) fit(ctx context.Context) error {
	if _, err := s.Pool(ctx); err != nil {
		return err
	}
	if _, err := s.eligibleStores(ctx); err != nil {
		return err
	}
	if s.Zone.StoragePolicy != "" {
		if err := s.checkPolicy(ctx, s.Zone.StoragePolicy); err != nil {
			return openstack.ProviderErrorf("storage_policy", "%w", err)
		}
	}
	if s.Zone.Switch == "" || s.own {
		return nil
	}
	on, err := s.c.switches.Find(ctx, s.Zone.Switch)
	if err != nil {
		return openstack.ProviderErrorf("switch", "%w", err)
	}
	cluster, reached, err := s.reaches(ctx, on)
	if err != nil || reached {
		return err
	}
	return openstack.ProviderErrorf("switch", "no host of the cluster %s is a member of the distributed switch %s: instances there could "+
		"not be plugged into its networks. Add hosts to the switch (compute_node), or name another", cluster, on.Name)
}

// reaches reports whether a host of the zone's cluster is a member of a switch, or a plan of this process makes it one.
func (s *Site) reaches(ctx context.Context, on mo.DistributedVirtualSwitch) (cluster string, reached bool, err error) {
	in, err := s.Cluster(ctx)
	if err != nil || slices.ContainsFunc(on.Summary.HostMember, func(host ref) bool { return slices.Contains(in.Host, host) }) {
		return in.Name, err == nil, err
	}
	reached, err = s.c.willJoin(ctx, on, in.Self)
	return in.Name, reached, err
}

// UnreachedClusters returns the names of the clusters of zones, where none of their hosts is a member of a switch. It returns nil where
// one is, is planned to be, or cannot be seen.
func (c *Inventory) UnreachedClusters(ctx context.Context, switchUUID string, zones []string) (clusters []string) {
	on := c.SwitchesOf(openstack.Network{SwitchUUID: switchUUID})
	for _, zone := range zones {
		s, err := c.Places.In(zone)
		if err != nil || len(on) == 0 {
			return nil
		}
		cluster, reached, err := s.reaches(ctx, on[0])
		if err != nil || reached {
			return nil
		}
		if !slices.Contains(clusters, cluster) {
			clusters = append(clusters, cluster)
		}
	}
	return clusters
}

// atZoneBlock converts an error about a part of a zone to one about the zone's block.
func (s *Site) atZoneBlock(err error) error {
	var field *openstack.FieldError
	if err == nil || s.own || !errors.As(err, &field) || !field.Setting || field.Field == "availability_zone" {
		return err
	}
	return openstack.ProviderErrorf("availability_zone", "the zone %q: %s: %w", s.Zone.Name, field.Field, field.Err)
}
