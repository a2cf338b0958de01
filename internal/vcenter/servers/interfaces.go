// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// AttachInterface plugs a NIC into an instance, running or not, and records it in the same call. A NIC without a MAC gets a new port and
// MAC. Where the outcome is not known, the NIC comes back with the error, so that the state can keep it.
func (c *Servers) AttachInterface(ctx context.Context, server string, network openstack.Network, nic openstack.NIC) (openstack.NIC, error) {
	if nic.MAC == "" {
		nic.Port, nic.MAC = uuid.NewString(), openstack.RandomMAC()
	}
	nic.NetworkID, nic.Plug, nic.Attached = network.ID, machine.PlugOfNetwork(network), true
	begun, err := c.plug(ctx, server, plug{NIC: nic, network: network})
	nic.NetworkName = network.Name
	if err != nil && !begun {
		return openstack.NIC{}, err
	}
	return nic, err
}

// DetachInterface removes the NIC of a port from an instance and its record. It is no error if the NIC is gone already.
func (c *Servers) DetachInterface(ctx context.Context, server, port string) error {
	_, err := c.plug(ctx, server, plug{NIC: openstack.NIC{Port: port}, out: true})
	return err
}

// Interface reads the NIC that was attached with a port. It returns ErrNotFound if the instance, the NIC or its device is gone.
func (c *Servers) Interface(ctx context.Context, server, port string) (openstack.NIC, error) {
	vm, err := c.socket(server).machine(ctx, machine.PlanPaths)
	if err != nil {
		return openstack.NIC{}, err
	}
	s, err := c.machines.InstanceOf(ctx, vm)
	if err != nil {
		return openstack.NIC{}, err
	}
	i := slices.IndexFunc(s.NICs, func(n openstack.NIC) bool { return n.Port == port && n.Port != "" })
	switch {
	case i < 0:
		return openstack.NIC{}, openstack.NotFound("the instance %s has no NIC with the port %q", s.Name, port)
	case !s.NICs[i].Attached:
		return openstack.NIC{}, openstack.NotFound("the port %s of the instance %s belongs to one of its own network blocks: it was not attached",
			port, s.Name)
	}
	nic := s.NICs[i]
	if nic.Home == "" {
		return nic, nil
	}
	network, err := c.networks.Network(ctx, nic.NetworkID, "") // it was moved to another network outside Terraform
	if errors.Is(err, openstack.ErrNotFound) {
		return nic, nil
	}
	nic.NetworkID, nic.NetworkName = network.ID, network.Name
	return nic, err
}

// socket collects the interface changes of one instance. What is plugged at the same moment goes in one reconfigure.
type socket struct {
	c     *Servers
	id    string
	vm    wire.Lookup[ref]
	plugs wire.Batch[plug, struct{}]
}

func (c *Servers) socket(id string) *socket {
	id = strings.ToLower(id)
	fresh := &socket{c: c, id: id}
	fresh.plugs.Do, fresh.plugs.Changes = fresh.all, true
	found, _ := c.plugging.LoadOrStore(id, fresh)
	s, _ := found.(*socket)
	return s
}

// machine reads the instance's VM, which is searched for once.
func (s *socket) machine(ctx context.Context, paths []string) (mo.VirtualMachine, error) {
	if _, err := uuid.Parse(s.id); err != nil {
		return mo.VirtualMachine{}, machine.NotAnID(s.id)
	}
	vm, err := s.vm.Get(func() (ref, error) { return s.c.machines.FindUUID(ctx, s.id) })
	if err != nil {
		return mo.VirtualMachine{}, faults.Explain("looking for the instance "+s.id, err)
	}
	return s.c.machines.VM(ctx, machine.Key{ID: s.id, MoRef: vm.Value}, paths)
}

// plug carries out one plug. begun reports with an error whether the call may have been sent. An interrupt does not end it, the deadline
// does.
func (c *Servers) plug(ctx context.Context, id string, p plug) (begun bool, err error) {
	if err := openstack.Begin(ctx); err != nil {
		return false, err
	}
	p.asker = openstack.Interrupt(ctx)
	p.until, _ = ctx.Deadline()
	end, stop := openstack.Uninterrupted(ctx)
	defer stop()
	_, err = c.socket(id).plugs.Ask(end, p)
	late := errors.Is(err, context.DeadlineExceeded) && !wire.HeldThroughout(err)
	if err == context.DeadlineExceeded { // not explained yet
		err = faults.Explain("changing the NICs of the instance "+id, err)
	}
	return late || faults.OutcomeUnknown(err), err
}

// all carries out plugs together, and one by one where vCenter refuses them together, since only one of them may be wrong.
func (s *socket) all(ctx context.Context, plugs []plug) []wire.Outcome[struct{}] {
	err := s.change(ctx, plugs)
	out := wire.AllFailed[struct{}](len(plugs), err)
	if err == nil || len(plugs) == 1 || faults.OutcomeUnknown(err) || errors.Is(err, openstack.ErrNotFound) || wire.HeldThroughout(err) {
		return out
	}
	for i := range plugs {
		out[i].Err = s.change(ctx, plugs[i:i+1])
	}
	return out
}

// change makes the VM have what is plugged in and lack what is taken out. Devices and record go in one reconfigure, guarded by
// changeVersion: another client's change of the record is not overwritten, and a reconfigure whose answer was lost may be sent again,
// since only one of the two gets through.
func (s *socket) change(ctx context.Context, plugs []plug) error {
	until := slices.MaxFunc(plugs, func(a, b plug) int { return a.until.Compare(b.until) }).until
	if !until.IsZero() {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadline(ctx, until)
		defer stop()
	}
	ctx, release := awaited(ctx, plugs)
	defer release()
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		vm, err := s.machine(ctx, machine.WholePaths)
		if err != nil {
			return err
		}
		spec, err := s.spec(ctx, vm, plugs)
		if err != nil || reconfigure.Empty(spec) {
			return err
		}
		err = s.c.machines.Amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, spec)
		if err == nil || attempt == retry.WriteAttempts || !faults.OutcomeUnknown(err) && !faults.Stale(err) ||
			!tries.Wait(ctx) {
			return faults.Explain("changing the NICs of "+vm.Name, err)
		}
	}
}

// awaited returns a context in which the wait for another task on the VM ends once the last of the askers is interrupted.
func awaited(ctx context.Context, plugs []plug) (context.Context, context.CancelFunc) {
	interrupt, stop := context.WithCancel(context.WithoutCancel(ctx))
	var left atomic.Int32
	left.Store(int32(len(plugs)))
	for _, p := range plugs {
		context.AfterFunc(p.asker, func() {
			if left.Add(-1) == 0 {
				stop()
			}
		})
	}
	return wire.WithInterrupt(ctx, interrupt), stop
}
