// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// ZoneOfNode is the zone that has a compute node, a cluster's or a host's: the preferred one where it does, else the first by its name,
// and nova last. It is empty for a host that is planned, in a cluster that is only known after apply.
func (c *Inventory) ZoneOfNode(ctx context.Context, node, preferred string) (string, error) {
	var tried []error
	for _, zone := range append([]string{preferred}, c.Places.named()...) {
		if zone == "" {
			continue
		}
		at, err := c.PlannedTarget(ctx, zone, node)
		if n, _ := c.Planned.Nodes.Lookup(node); err == nil && at.Comes && n.Cluster == "" {
			return "", nil
		}
		if err == nil {
			return zone, nil
		}
		tried = append(tried, err)
	}
	var field *openstack.FieldError
	for _, err := range tried {
		if !errors.As(err, &field) {
			return "", err
		}
	}
	return "", openstack.AttributeErrorf("hypervisor_hostname", "no availability zone has the compute node %q: write the name of a cluster "+
		"(novasphere_compute_hypervisors lists them) or of an ESX host of one of the zones' clusters, or make an availability_zone block for "+
		"its cluster", node)
}

// noZone begins what is shown as the zone of an instance that is in a cluster of none.
const noZone = "none: "

// InNoZone reports whether what is shown as an instance's zone is none.
func InNoZone(zone string) bool { return strings.HasPrefix(zone, noZone) }

// ZoneOfCluster is the first zone, by name, whose instances go to a compute node's cluster; nova where none is made for it.
func (c *Inventory) ZoneOfCluster(ctx context.Context, node string) string {
	for _, zone := range c.Places.named() {
		if cluster, err := c.Places.Zones[zone].Cluster(ctx); err == nil && cluster.Self.Value == ClusterPart(node) {
			return zone
		}
	}
	return DefaultZone
}

// named are the zones by their names, nova last.
func (p *Places) named() []string {
	names := slices.DeleteFunc(p.names(), func(name string) bool { return name == DefaultZone })
	return append(names, DefaultZone)
}

// ActualZone is the zone that an instance is found in where that is not the one it is recorded in: somebody moved it to another cluster.
// Zones that share a cluster cannot be told apart, and without zones there is nothing to tell. A cluster of no zone is named as such.
func (c *Inventory) ActualZone(ctx context.Context, recorded, node string) string {
	if len(c.Config.Zones) == 0 || node == "" {
		return ""
	}
	at := func(zone string) bool {
		s, err := c.Places.In(zone)
		if err != nil {
			return false
		}
		cluster, err := s.Cluster(ctx)
		if err != nil {
			return false
		}
		name, _, _ := strings.Cut(node, ".")
		return cluster.Self.Value == name
	}
	s, err := c.Places.In(recorded)
	if err != nil {
		return "" // a zone that the configuration has no more
	}
	if _, err := s.Cluster(ctx); err != nil || at(recorded) {
		return ""
	}
	for _, zone := range c.Places.named() {
		if at(zone) {
			return zone
		}
	}
	return noZone + node
}
