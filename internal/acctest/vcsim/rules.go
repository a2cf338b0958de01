// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/accounts"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/automation"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/devices"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/disks"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/folders"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/guests"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/machines"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/switches"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/uploads"
)

// rules are what makes the simulator as strict as the real thing. Each field is a room of its own, which registers its rules.
//
// Every SOAP call passes route first. A method that has a rule is redirected, by its This, to the object that answers it.
type rules struct {
	*base.Base
	receivers *base.Receivers
	rest      *automation.Service
	accounts  *accounts.Accounts
	hidden    *accounts.Hidden
	guests    *guests.Guests
	switches  *switches.Switches
	clusters  *clusters.Clusters
	disks     *disks.Disks
	machines  *machines.Machines
	uploads   *uploads.Uploads
}

func newRules(registry, policies *simulator.Registry, rest *automation.Service, f *front, o Options) *rules {
	b := base.New(registry)
	r := &rules{Base: b, receivers: base.NewReceivers(registry), rest: rest, accounts: accounts.New(b, rest), hidden: accounts.NewHidden(),
		guests: guests.New(b), switches: switches.New(b), clusters: clusters.New(b), disks: disks.New(b, policies, o.Disks)}
	r.machines = machines.New(b, r.guests, devices.New(b, r.switches, o.KeyProvider), r.disks, r.clusters)
	r.machines.Advanced.Store(int32(o.Advanced))
	rest.StrictUpdates(o.Library)
	r.uploads = uploads.New(r.machines, o.Uploads, f.counting)
	r.accounts.Register(r.receivers, r.hidden)
	r.switches.Register(r.receivers)
	r.clusters.Register(r.receivers)
	r.machines.Register(r.receivers)
	r.disks.Register(r.receivers)
	r.uploads.Register(r.receivers)
	folders.Register(r.receivers, r.machines)
	for _, e := range registry.All("VirtualMachine") { // nobody has a session yet
		r.clusters.Usage.NoteMachine(&e.(*simulator.VirtualMachine).VirtualMachine)
	}
	registry.AddHandler(&watcher{rules: r})
	registry.Handler = r.route
	return r
}

// route is called before every method. Without a session it does nothing: the service itself refuses.
func (r *rules) route(ctx *simulator.Context, m *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil || r.Registry.Get(m.This) == nil {
		return nil, nil
	}
	if fault, late := r.accounts.Authorize(ctx, m); fault != nil && !late {
		return nil, fault
	} else if late {
		m.This = r.accounts.FailTask(m.This, fault)
		return nil, nil
	}
	r.clusters.UpdateUsage(ctx)
	name, task := strings.CutSuffix(m.Name, "_Task")
	if task {
		name += "Task"
		if fault := r.dangling(m); fault != nil {
			return nil, fault
		}
	}
	if fault, late := r.machines.Holds.Refuse(m); fault != nil {
		return nil, fault
	} else if late {
		m.This, _ = r.receivers.Answering("held", name)
		return nil, nil
	}
	if fault := r.uploads.Refuse(m); fault != nil {
		return nil, fault
	}
	if m.This.Type == "PropertyCollector" && !r.hidden.Any() && r.accounts.UserOf(ctx.Session) == nil {
		return nil, nil
	}
	if to, answered := r.receivers.Answering(m.This.Type, name); answered {
		m.This = to
	}
	return nil, nil
}

// stop ends what waits, and waits for what guests do.
func (r *rules) stop() {
	r.Base.Stop()
	r.uploads.Stop()
	r.guests.Wait()
}

// dangling finds a reference to an object that does not exist, anywhere in the arguments of a task. A real server
// answers ManagedObjectNotFound; the simulator's task would panic and take the process along.
func (r *rules) dangling(m *simulator.Method) types.BaseMethodFault {
	var found types.BaseMethodFault
	base.EachReference(reflect.ValueOf(m.Body), func(ref types.ManagedObjectReference) {
		if found == nil && ref.Value != "" && r.Registry.Get(ref) == nil {
			found = &types.ManagedObjectNotFound{Obj: ref}
		}
	})
	return found
}
