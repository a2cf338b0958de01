// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
)

// Create makes an instance with one clone call, under want.ID or a new id, and returns it as it then is. Where something fails after the
// VM exists, the server comes back with the error, so that the state can keep it. The flavor's tag is not attached before Labels.Attach
// is called.
func (c *Servers) Create(ctx context.Context, want Request) (openstack.Server, error) {
	if want.ID == "" {
		want.ID = uuid.NewString()
	}
	c.made.Store(want.ID, true)
	for i := range want.NICs {
		if nic := &want.NICs[i]; nic.MAC == "" { // it has no port of the network service
			nic.Port, nic.MAC = uuid.NewString(), openstack.RandomMAC()
		}
		want.NICs[i].Plug = machine.PlugOfNetwork(want.Networks[i])
	}
	want.asked = time.Now().UTC().Truncate(time.Second)
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	made, err := c.clone(ctx, &want)
	if made == nil {
		return openstack.Server{}, err
	}
	partial := want.server()
	partial.MoRef, partial.Failed = made.vm.Value, !made.started
	if err != nil {
		return partial, err
	}
	if want.Label {
		c.labels.Begin(made.vm, want.Flavor)
	}
	var server openstack.Server
	err = retry.Once(func() error {
		server, err = c.verify(ctx, made)
		return err
	})
	partial.Failed = !made.started
	if err == nil && !made.affinity.Hard() {
		err = c.settleMade(ctx, *made)
	}
	if err != nil {
		return partial, err
	}
	return server, nil
}

// Refused reports whether vCenter ended a call with a fault, so that nothing of it was done and another way may be tried. A call without
// an answer may have been done all the same.
func Refused(err error) bool { return faults.DefiniteFault(err) }
