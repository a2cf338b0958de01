// SPDX-License-Identifier: MPL-2.0

package network

import (
	"context"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// InCloud finds a network of the cloud by id, by name or by both. If several networks have the name, the error lists them. A cloud must
// be configured.
func (c *Networks) InCloud(ctx context.Context, id, name string) (openstack.Network, error) {
	all, err := c.cloud.Networks(ctx)
	if err != nil {
		return openstack.Network{}, err
	}
	var names, ids []string
	var matches []openstack.Network
	for _, n := range all {
		names = append(names, n.Name)
		if (id == "" || n.ID == id) && (name == "" || n.Name == name) {
			matches, ids = append(matches, n), append(ids, n.ID)
		}
	}
	switch {
	case len(matches) == 1:
		return matches[0], nil
	case len(matches) > 1:
		return openstack.Network{}, fmt.Errorf("%d networks of %s are called %q: write the id of one of them: %s", len(matches),
			openstack.TheCloud(c.cloud),
			name, faults.Quoted(ids))
	case id != "":
		return openstack.Network{}, openstack.NotFound("no network with the id %q in %s", id, openstack.TheCloud(c.cloud))
	}
	return openstack.Network{}, faults.NoSuch("network", name, openstack.TheCloud(c.cloud), names)
}
