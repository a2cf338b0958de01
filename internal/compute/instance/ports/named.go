// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// plugNamed assigns a named port to the instance.
func (r Plugger) plugNamed(ctx context.Context, device, id string, s Request) error {
	subnets, err := r.Network.Subnets(ctx, s.Network.ID)
	if err != nil {
		return err
	}
	port, err := r.vacate(ctx, device, s.Network.ID, id)
	if err != nil {
		return err
	}
	if port, err = r.book(ctx, device, port); err != nil {
		return err
	}
	r.Fill(s.NIC, s.Network, port, subnets)
	return nil
}

// vacate returns a port that is free to plug in, and refuses one that another instance has. An instance that is gone has none.
func (r Plugger) vacate(ctx context.Context, device, network, id string) (openstack.Port, error) {
	port, err := r.Network.Port(ctx, network, id)
	if err != nil || port.DeviceID == "" || port.DeviceID == device {
		return port, err
	}
	other, err := r.Client.Machines.ByID(ctx, port.DeviceID)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return port, nil
	case err != nil:
		return port, err
	case slices.ContainsFunc(other.NICs, func(n openstack.NIC) bool { return n.Port == id }):
		return port, fmt.Errorf("the port %s is plugged into the instance %s (%s): a port has one instance", id, other.Name, other.ID)
	}
	return port, nil
}
