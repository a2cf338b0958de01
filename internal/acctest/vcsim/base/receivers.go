// SPDX-License-Identifier: MPL-2.0

package base

import (
	"reflect"
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Receivers know which object answers a method of a type in place of the simulator's own object.
//
// A rule is a method of a receiver: CloneVMTask(ctx, req) of an object that Receive is given for "VirtualMachine" answers every
// CloneVM_Task. The object stands in the inventory under a reference of its own; it finds the object it is about in the request's This,
// decides, and as a rule hands over to the simulator's own method. The objects themselves stay what they are, since the simulator casts
// them to its own types.
type Receivers struct {
	registry *simulator.Registry
	methods  map[string]types.ManagedObjectReference // by type and method, as in VirtualMachine.CloneVMTask
	number   int
}

// NewReceivers begins with none: the simulator answers everything.
func NewReceivers(registry *simulator.Registry) *Receivers {
	return &Receivers{registry: registry, methods: map[string]types.ManagedObjectReference{}}
}

// Receive registers an object: its methods that are rules answer the calls to all objects of a type. Several may be registered for one
// type, with different methods.
func (r *Receivers) Receive(kind string, object interface {
	mo.Reference
	StandAs(string)
}) {
	r.number++
	object.StandAs(kind + "-" + strconv.Itoa(r.number))
	t := reflect.TypeOf(object)
	for m := range t.Methods() {
		if isRule(m.Type) {
			r.methods[kind+"."+m.Name] = object.Reference()
		}
	}
	r.registry.Put(object)
}

// isRule tells a method that answers a call: besides its receiver it takes a context and a request, and gives a body.
func isRule(method reflect.Type) bool {
	return method.NumIn() == 3 && method.In(1) == reflect.TypeFor[*simulator.Context]() &&
		method.NumOut() == 1 && method.Out(0) == reflect.TypeFor[soap.HasFault]()
}

// Answering is the reference of the object that answers a method of a type.
func (r *Receivers) Answering(kind, method string) (ref types.ManagedObjectReference, ok bool) {
	ref, ok = r.methods[kind+"."+method]
	return ref, ok
}

// Receiver is what every object embeds that Receive is given. It does not lock: the simulator holds the lock of the object it calls for as
// long as the call lasts, and this object stands for all of its kind. Its first field is some managed object, because the simulator looks
// for one in whatever lies in its inventory.
type Receiver struct{ mo.SimpleCommand }

// Lock implements sync.Locker, for the simulator's sake.
func (r *Receiver) Lock() {}

// Unlock implements sync.Locker, for the simulator's sake.
func (r *Receiver) Unlock() {}

// StandAs gives the object its place in the inventory.
func (r *Receiver) StandAs(name string) {
	r.Self = types.ManagedObjectReference{Type: "Rules", Value: name}
}
