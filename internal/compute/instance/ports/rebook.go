// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"context"
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// book books a port's place on the switch, and assigns the port to the instance with the id device.
func (r Plugger) book(ctx context.Context, device string, port openstack.Port) (openstack.Port, error) {
	booked, err := r.Network.Book(ctx, port)
	if err != nil {
		return port, err
	}
	port, err = r.Network.UpdatePort(ctx, port.NetworkID, port.ID, func(w *sdn.PortRequest) error {
		w.DeviceID, w.SwitchPort, w.Attachment = device, booked.SwitchPort, booked.Attachment
		return nil
	})
	if err = crud.WarnPartial(ctx, err); err != nil {
		return port, errors.Join(err, r.Network.Unbook(context.WithoutCancel(ctx), booked))
	}
	return port, nil
}

// Rebook books new places for those that the switch has taken away since, as an elastic portgroup may. It reports whether any NIC has
// another place.
func (r Plugger) Rebook(ctx context.Context, device string, nics []openstack.NIC) (moved bool, err error) {
	for i, nic := range nics {
		if nic.SwitchPort == "" {
			continue
		}
		port, err := r.Network.Port(ctx, nic.NetworkID, nic.Port)
		if err == nil {
			port, err = r.Network.Book(ctx, port)
		}
		if err != nil {
			return false, err
		}
		if port.SwitchPort == nic.SwitchPort {
			continue
		}
		nics[i].SwitchPort, moved = port.SwitchPort, true
		_, err = r.Network.UpdatePort(ctx, port.NetworkID, port.ID, func(w *sdn.PortRequest) error {
			w.DeviceID, w.SwitchPort = device, port.SwitchPort
			return nil
		})
		if err = crud.WarnPartial(ctx, err); err != nil {
			return false, err
		}
	}
	return moved, nil
}
