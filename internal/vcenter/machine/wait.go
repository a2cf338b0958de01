// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

// lateIPv4 is how long to wait for an IPv4 address once the guest has an IPv6 one: router advertisements are faster than DHCP.
const lateIPv4 = 10 * time.Second

// reported reports whether the instance has its access address: that of the NIC marked for it, or of any.
func reported(s openstack.Server, since time.Time) bool {
	v4, v6 := s.AccessIPv4 != "", s.AccessIPv6 != ""
	for _, nic := range s.NICs {
		if nic.Access {
			v4, v6 = len(nic.IPv4) > 0, len(nic.IPv6) > 0
		}
	}
	return v4 || v6 && time.Since(since) > lateIPv4
}

// WaitForAddress waits until the instance has its access address, and returns the instance as it is at the end. It returns
// context.DeadlineExceeded if the guest reported no address in time.
func (c *Machines) WaitForAddress(ctx context.Context, s openstack.Server, within time.Duration) (openstack.Server, error) {
	start := time.Now()
	if within <= 0 || reported(s, start) || len(s.NICs) == 0 || s.PowerState != openstack.Active {
		return s, nil
	}
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	err := c.wire.Until(ctx, ref{Type: "VirtualMachine", Value: s.MoRef}, []string{"guest.net"},
		func(content types.ObjectContent, found bool) (bool, error) {
			var vm mo.VirtualMachine
			if !found {
				return true, openstack.NotFound("%s went away", s.Name)
			}
			if err := property.Load(content, &vm); err != nil {
				return true, err
			}
			addAddresses(&s, vm)
			return reported(s, start), nil
		})
	if errors.Is(err, context.DeadlineExceeded) && reported(s, time.Time{}) {
		err = nil // it only has IPv6
	}
	return s, err
}

// WaitForCloudInit waits until the guest reports that cloud-init has ended, and returns its status: "done", "error" or another. It
// returns context.DeadlineExceeded if the guest reported nothing in time. A guest can write anything there, so the status is only passed
// on.
func (c *Machines) WaitForCloudInit(ctx context.Context, s openstack.Server, within time.Duration) (status string, err error) {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	err = c.wire.Until(ctx, ref{Type: "VirtualMachine", Value: s.MoRef}, []string{"config.extraConfig"},
		func(content types.ObjectContent, found bool) (bool, error) {
			var vm mo.VirtualMachine
			if !found {
				return true, openstack.NotFound("%s went away", s.Name)
			}
			if err := property.Load(content, &vm); err != nil || vm.Config == nil {
				return err != nil, err
			}
			status = property.ExtraConfig(vm.Config.ExtraConfig)[guest.EndKey]
			return status != "", nil
		})
	return status, err
}
