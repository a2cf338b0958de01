package vcsim

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// rules are what makes the simulator as strict as the real thing.
//
// Every SOAP call passes route first. A method that has a rule is redirected, by its This, to a receiver that stands in
// the inventory under a reference of its own; the receiver finds the object it is about in the request's body, decides,
// and as a rule hands over to the simulator's own method. The objects themselves stay what they are, since the
// simulator casts them to its own types.
type rules struct {
	registry  *simulator.Registry
	rest      *restSide
	keys      bool // there is a key provider
	guests    *guests
	ports     *switchPorts
	usage     *usage
	resting   *resting
	holds     *holds
	receivers map[string]*receiver
	hidden    hidden
	accounts  accounts
	noFiles   atomic.Bool // nobody may write below /folder
	advanced  atomic.Int32
	dropping  atomic.Bool // what guests are told live is gone with the power

	// storage is held while the simulator makes, changes or removes disks and files: it reads a whole datastore without
	// its lock, which the race detector reports when two machines do so at once. It is taken after a machine's own lock
	// and before a folder's.
	storage sync.Mutex

	mu      sync.Mutex
	removed []types.ManagedObjectReference
	serial  int64
}

// receiver stands for all objects of one type.
type receiver struct {
	ref     types.ManagedObjectReference
	methods map[string]bool
}

func newRules(registry *simulator.Registry, rest *restSide, o Options) *rules {
	r := &rules{registry: registry, rest: rest, keys: o.KeyProvider, guests: newGuests(registry), ports: newSwitchPorts(), usage: newUsage(),
		resting: newResting(), holds: &holds{of: map[types.ManagedObjectReference]*hold{}}, receivers: map[string]*receiver{}}
	r.accounts.registry, r.accounts.root = registry, registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.RootFolder
	r.advanced.Store(int32(o.Advanced))
	machines := &machineRules{rules: r}
	r.receive("VirtualMachine", machines)
	r.receive("held", &lateRules{rules: r, machine: machines})
	r.receive("Folder", &folderRules{rules: r})
	r.receive("DistributedVirtualSwitch", &switchRules{rules: r})
	r.receive("DistributedVirtualPortgroup", &portgroupRules{rules: r})
	r.receive("IpPoolManager", &ipPoolRules{rules: r})
	r.receive("Datastore", &datastoreRules{rules: r})
	r.receive("SearchIndex", &searchRules{rules: r})
	r.receive("ClusterComputeResource", &clusterRules{rules: r})
	r.receive("ComputeResource", &standaloneRules{rules: r})
	r.receive("HostSystem", &hostRules{rules: r})
	r.receive("Datacenter", &datacenterRules{rules: r})
	r.receive("ResourcePool", &poolRules{rules: r})
	r.receive("PropertyCollector", &collectorRules{rules: r})
	addEVCModes(registry)
	for _, e := range registry.All("VirtualMachine") { // nobody has a session yet
		r.usage.note(&e.(*simulator.VirtualMachine).VirtualMachine)
	}
	registry.AddHandler(&watcher{rules: r})
	registry.Handler = r.route
	return r
}

// ruled is what every receiver has to say for itself. It does not lock: the simulator holds the lock of the object it
// calls for as long as the call lasts, and this object stands for all of its kind. Its first field is some managed
// object, because the simulator looks for one in whatever lies in its inventory.
type ruled struct{ mo.SimpleCommand }

// Lock implements sync.Locker, for the simulator's sake.
func (r *ruled) Lock() {}

// Unlock implements sync.Locker, for the simulator's sake.
func (r *ruled) Unlock() {}

func (r *ruled) named(kind string) { r.Self = types.ManagedObjectReference{Type: "Rules", Value: kind} }

func (r *rules) receive(kind string, object interface {
	mo.Reference
	named(string)
}) {
	object.named(kind)
	entry := &receiver{ref: object.Reference(), methods: map[string]bool{}}
	t := reflect.TypeOf(object)
	for m := range t.Methods() {
		entry.methods[m.Name] = m.Name != "Reference" && m.Name != "Lock" && m.Name != "Unlock"
	}
	r.receivers[kind] = entry
	r.registry.Put(object)
}

// route is called before every method. Without a session it does nothing: the service itself refuses.
func (r *rules) route(ctx *simulator.Context, m *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil || r.registry.Get(m.This) == nil {
		return nil, nil
	}
	if fault, late := r.authorize(ctx, m); fault != nil && !late {
		return nil, fault
	} else if late {
		m.This = r.refusal(m.This, fault)
		return nil, nil
	}
	r.reckon(ctx)
	name, task := strings.CutSuffix(m.Name, "_Task")
	if task {
		name += "Task"
		if fault := r.dangling(m); fault != nil {
			return nil, fault
		}
	}
	if fault, late := r.holds.refuse(m); fault != nil {
		return nil, fault
	} else if late {
		m.This = r.receivers["held"].ref
		return nil, nil
	}
	if m.This.Type == "PropertyCollector" && !r.hidden.any() && r.accounts.in(ctx.Session) == nil {
		return nil, nil
	}
	if to := r.receivers[m.This.Type]; to != nil && to.methods[name] {
		m.This = to.ref
	}
	return nil, nil
}

func (r *rules) stop() { r.guests.stop() }

// next is a number that no other call gets.
func (r *rules) next() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serial++
	return r.serial
}

// dangling finds a reference to an object that does not exist, anywhere in the arguments of a task. A real server
// answers ManagedObjectNotFound; the simulator's task would panic and take the process along.
func (r *rules) dangling(m *simulator.Method) types.BaseMethodFault {
	var found types.BaseMethodFault
	eachReference(reflect.ValueOf(m.Body), func(ref types.ManagedObjectReference) {
		if found == nil && ref.Value != "" && r.registry.Get(ref) == nil {
			found = &types.ManagedObjectNotFound{Obj: ref}
		}
	})
	return found
}

var referenceType = reflect.TypeFor[types.ManagedObjectReference]()

func eachReference(v reflect.Value, visit func(types.ManagedObjectReference)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachReference(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachReference(v.Index(i), visit)
		}
	case reflect.Struct:
		if v.Type() == referenceType {
			visit(v.Interface().(types.ManagedObjectReference))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachReference(v.Field(i), visit)
			}
		}
	}
}

// watcher hears of every change in the inventory, whoever made it.
type watcher struct{ rules *rules }

// Reference implements mo.Reference.
func (w *watcher) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Rules", Value: "watcher"}
}

// PutObject implements simulator.RegisterObject.
func (w *watcher) PutObject(_ *simulator.Context, o mo.Reference) {
	switch o.(type) {
	case *simulator.VirtualMachine, *simulator.HostSystem, *simulator.ResourcePool:
		w.rules.usage.stale.Store(true)
	}
}

// UpdateObject implements simulator.RegisterObject. The object is locked by whoever changes it.
func (w *watcher) UpdateObject(ctx *simulator.Context, o mo.Reference, changes []types.PropertyChange) {
	vm, ok := o.(*mo.VirtualMachine)
	if !ok {
		return
	}
	for _, c := range changes {
		switch c.Name {
		case "runtime.powerState":
			vm.Config.ChangeVersion = changeVersion() // a real server moves it with every power operation
			hotAddLimits(vm)
			w.rules.usage.note(vm)
			if w.rules.dropping.Load() && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
				w.rules.guests.forget(vm)
			}
			w.rules.guests.powered(ctx, vm)
		case "runtime.host", "resourcePool":
			w.rules.usage.note(vm)
		case "config.changeVersion":
			vm.Config.ChangeVersion = changeVersion()
			w.rules.usage.note(vm)
			w.rules.guests.rewired(ctx, vm)
			w.rules.ports.connected(vm)
			inStep(ctx, vm)
		}
	}
}

// RemoveObject implements simulator.RegisterObject.
func (w *watcher) RemoveObject(_ *simulator.Context, ref types.ManagedObjectReference) {
	if !tagged[ref.Type] {
		return
	}
	w.rules.guests.release(ref)
	w.rules.ports.gone(ref)
	w.rules.usage.gone(ref)
	w.rules.mu.Lock()
	defer w.rules.mu.Unlock()
	w.rules.removed = append(w.rules.removed, ref)
}

// tagged are the types of objects that our users put tags on.
var tagged = map[string]bool{
	"VirtualMachine": true, "Folder": true, "Datastore": true, "Network": true, "DistributedVirtualPortgroup": true,
	"ClusterComputeResource": true, "HostSystem": true, "ResourcePool": true,
}

// inStep copies into the summary what the simulator keeps in the configuration only.
func inStep(ctx *simulator.Context, vm *mo.VirtualMachine) {
	var changes []types.PropertyChange
	if vm.Summary.Config.Annotation != vm.Config.Annotation {
		changes = append(changes,
			types.PropertyChange{Name: "summary.config.annotation", Val: vm.Config.Annotation},
			types.PropertyChange{Name: "config.annotation", Val: vm.Config.Annotation})
	}
	if a := vm.Config.CpuAllocation; a != nil && a.Reservation != nil {
		vm.Summary.Config.CpuReservation = int32(*a.Reservation)
	}
	if a := vm.Config.MemoryAllocation; a != nil && a.Reservation != nil {
		vm.Summary.Config.MemoryReservation = int32(*a.Reservation)
	}
	if name := guestFullName(vm.Config.GuestId); vm.Config.GuestFullName != name {
		vm.Config.GuestFullName, vm.Summary.Config.GuestFullName = name, name
	}
	if len(changes) > 0 {
		ctx.Update(vm, changes)
	}
}

// failed is a task that ends with a fault, as a real server reports what it finds out only after it has begun.
func failed(ctx *simulator.Context, about mo.Reference, name string, fault types.BaseMethodFault) types.ManagedObjectReference {
	return simulator.CreateTask(about, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, fault
	}).Run(ctx)
}

// unlocked runs a task without holding the lock of the object it is about.
//
// The simulator locks a task's object until the task ends, so that a hundred clones of one template run one after the
// other. The task therefore begins as one about nothing, and says what it is about once it runs.
func (r *rules) unlocked(ctx *simulator.Context, about mo.Entity, name string,
	do func() (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	return r.cancellable(ctx, about, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return do() })
}

// cancellable is unlocked for a task that takes so long that somebody may cancel it: it sees its own information.
func (r *rules) cancellable(ctx *simulator.Context, about mo.Entity, name string,
	do func(*simulator.Task) (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	ref := about.Reference()
	nothing := types.ManagedObjectReference{Type: ref.Type, Value: "none-" + itoa(r.next())}
	return simulator.CreateTask(nothing, name, func(t *simulator.Task) (types.AnyType, types.BaseMethodFault) {
		ctx.Map.AtomicUpdate(ctx, t, []types.PropertyChange{
			{Name: "info.entity", Val: ref},
			{Name: "info.entityName", Val: about.Entity().Name},
		})
		return do(t)
	}).Run(ctx)
}
