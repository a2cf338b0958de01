// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"cmp"
	"context"
	"fmt"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// Console gives access to an instance's screen and keyboard to anyone with the ticket, for a short while.
type Console struct {
	Ticket     string // a secret: the host asks for nothing else
	Host       string // the ESX host, or the vCenter where that answers itself
	Port       int64
	Thumbprint string // SHA-1 of the host's certificate
	URL        string // of a WebSocket; empty for a console without one
}

// The kinds of console.
const (
	ConsoleWebMKS = "webmks"
	ConsoleMKS    = "mks"
)

// consolePorts are the ports that an ESX host listens on, unless its ticket names another.
var consolePorts = map[string]int32{ConsoleWebMKS: 443, ConsoleMKS: 902}

// Console opens a console of a running instance.
func (c *Servers) Console(ctx context.Context, server, kind string) (Console, error) {
	vm, err := c.socket(server).machine(ctx, machine.PlanPaths)
	if err != nil {
		return Console{}, err
	}
	name := vm.Name
	if state := machine.PowerState(vm.Runtime.PowerState); state != openstack.Active {
		return Console{}, notRunning(name, state)
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return Console{}, err
	}
	res, err := methods.AcquireTicket(ctx, vim, &types.AcquireTicket{This: vm.Self, TicketType: kind})
	if faults.Is[*types.InvalidPowerState](err) || faults.Is[*types.InvalidState](err) { // it has stopped since it was read
		return Console{}, notRunning(name, "not running any more")
	}
	if err != nil {
		return Console{}, faults.Explain("opening a console of "+name, err)
	}
	t := res.Returnval
	out := Console{Ticket: t.Ticket, Host: cmp.Or(t.Host, vim.URL().Hostname()), Port: int64(cmp.Or(t.Port, consolePorts[kind])),
		Thumbprint: t.SslThumbprint, URL: t.Url}
	if kind == ConsoleWebMKS && out.URL == "" { // older hosts leave the URL to the client
		out.URL = fmt.Sprintf("wss://%s:%d/ticket/%s", out.Host, out.Port, out.Ticket)
	}
	return out, nil
}

func notRunning(name, state string) error {
	return openstack.AttributeErrorf("instance_id", "the instance %s is %s, and only a running one has a console: start it first "+
		"(power_state = %q). Where that is written already, start it alone: terraform apply with -target and its address", name, state,
		openstack.Active)
}
