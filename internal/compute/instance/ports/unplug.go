// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// UnbookAll frees the ports of NICs that were never connected, and their places on the switch.
func (r Plugger) UnbookAll(ctx context.Context, device string, nics []openstack.NIC) {
	for _, nic := range nics {
		if err := r.Network.Unbook(ctx, openstack.Port{ID: nic.Port, NetworkID: nic.NetworkID, SwitchPort: nic.SwitchPort,
			Attachment: nic.Attachment}); err != nil {
			crud.Warn(ctx, "A port is left booked", fmt.Sprintf("What the network keeps for the port %s could not be freed, and no instance "+
				"has it: %s", nic.Port, err))
		}
	}
	r.UnplugAll(ctx, device, nics)
}

// CanUnplug returns an error where the networks of NICs cannot be asked, before the NICs are taken away: once they are gone, no later
// operation knows their ports.
func (r Plugger) CanUnplug(ctx context.Context, nics ...openstack.NIC) error {
	for _, nic := range nics {
		if nic.Port == "" || nic.NetworkID == "" {
			continue
		}
		if err := r.Network.Answers(ctx, nic.NetworkID); err != nil {
			return err
		}
	}
	return nil
}

// UnplugAll frees the ports of NICs that are gone: ports made for the instance are deleted, others may be plugged in again. A failure is
// a warning, because the data source of ports lists what is left.
func (r Plugger) UnplugAll(ctx context.Context, device string, nics []openstack.NIC) {
	for _, nic := range nics {
		if err := crud.WarnPartial(ctx, r.unplug(ctx, device, nic)); err != nil && !errors.Is(err, openstack.ErrNotFound) {
			crud.Warn(ctx, "A port is left over", fmt.Sprintf("The port %s of the instance %s could not be freed: %s. The data source "+
				"novasphere_networking_ports lists it, and it can be imported and deleted", nic.Port, device, err))
		}
	}
}

func (r Plugger) unplug(ctx context.Context, device string, nic openstack.NIC) error {
	ports, err := r.Network.Ports(ctx, nic.NetworkID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(ports, func(p openstack.Port) bool { return p.ID == nic.Port && p.DeviceID == device })
	if at < 0 {
		return nil
	}
	if err := r.Network.Released(ctx, ports[at]); err != nil {
		return err
	}
	if ports[at].Implicit {
		return r.Network.DeletePort(ctx, nic.NetworkID, nic.Port)
	}
	_, err = r.Network.UpdatePort(ctx, nic.NetworkID, nic.Port, func(w *sdn.PortRequest) error {
		if w.DeviceID == device {
			w.DeviceID, w.SwitchPort, w.Attachment = "", "", ""
		}
		return nil
	})
	return err
}
