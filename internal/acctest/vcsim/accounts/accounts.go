package accounts

import (
	"cmp"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/automation"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// Permission is what a user may on an object, as a permission with a role of these privileges says it. As in vCenter, the permission that
// is nearest above an object counts, alone, and every role can read.
type Permission struct {
	On         types.ManagedObjectReference // none: the root folder
	Privileges []string
	Here       bool // whether it is not propagated to what lies in the object
}

// accounts are the users beside the first, who may everything.
type Accounts struct {
	*base.Base
	rest    *automation.Service
	root    types.ManagedObjectReference
	NoFiles atomic.Bool // nobody may write below /folder

	mu       sync.Mutex
	users    map[string]*account
	sessions map[string]string // users, by the keys of their sessions
}

func New(b *base.Base, rest *automation.Service) *Accounts {
	root := b.Registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.RootFolder
	return &Accounts{Base: b, rest: rest, root: root}
}

// register has the rules about what a session may see answer.
func (a *Accounts) Register(r *base.Receivers, h *Hidden) {
	r.Receive("PropertyCollector", &collectorRules{hidden: h, accounts: a})
}

type account struct {
	password    string
	permissions map[types.ManagedObjectReference]Permission

	mu    sync.Mutex
	asked map[privileges.Ask]bool
	late  bool // whether what is wrong with a task's arguments fails the task
}

// add makes a user who may what some permissions say. The first user stays the one who may everything.
func (a *Accounts) Add(first *url.Userinfo, name, password string, all []Permission) {
	is := &account{password: password, permissions: map[types.ManagedObjectReference]Permission{}, asked: map[privileges.Ask]bool{}}
	for _, p := range all {
		if p.On.Value == "" {
			p.On = a.root
		}
		is.permissions[p.On] = p
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.users == nil {
		a.users, a.sessions = map[string]*account{}, map[string]string{}
		a.Registry.SessionManager().ValidLogin = func(login *types.Login) bool {
			if login.UserName == first.Username() {
				of, _ := first.Password()
				return login.Password == of
			}
			of := a.of(login.UserName)
			return of != nil && of.password == login.Password
		}
	}
	a.users[name] = is
}

// refuseLate has what is wrong with the arguments of a user's tasks fail the task, where it is refused at once else.
func (a *Accounts) RefuseLate(user string) { a.of(user).late = true }

// asked is what a user's sessions have asked for up to now.
func (a *Accounts) Asked(user string) []privileges.Ask {
	is := a.of(user)
	is.mu.Lock()
	defer is.mu.Unlock()
	return slices.SortedFunc(maps.Keys(is.asked), func(x, y privileges.Ask) int {
		return cmp.Or(strings.Compare(x.Call, y.Call), strings.Compare(x.Field, y.Field))
	})
}

// of is a user; nil for the first one and for one that does not exist.
func (a *Accounts) of(user string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.users[user]
}

// in is the user of a session; nil for the first one. It remembers whose the session is, for what comes with its cookie only.
func (a *Accounts) UserOf(session *simulator.Session) *account {
	if session == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	is := a.users[session.UserName]
	if is != nil {
		a.sessions[session.Key] = session.UserName
	}
	return is
}

// behind is the user of the session with a key.
func (a *Accounts) behind(key string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.users[a.sessions[key]]
}

// may says whether a privilege is granted on an object.
func (a *Accounts) may(is *account, on types.ManagedObjectReference, privilege string) bool {
	at := on
	for {
		if p, set := is.permissions[at]; set && (at == on || !p.Here) {
			return privileges.Implied(privilege) || slices.Contains(p.Privileges, privilege)
		}
		e, entity := a.Registry.Get(at).(mo.Entity)
		if !entity || e.Entity().Parent == nil {
			return false
		}
		at = *e.Entity().Parent
	}
}

// missing is what a user lacks for something, by the object.
type missing struct {
	of    map[types.ManagedObjectReference][]string
	first *types.ManagedObjectReference
}

func (m *missing) add(on types.ManagedObjectReference, privilege string) {
	if m.first == nil {
		m.first, m.of = &on, map[types.ManagedObjectReference][]string{}
	}
	if !slices.Contains(m.of[on], privilege) {
		m.of[on] = append(m.of[on], privilege)
	}
}

// fault names the first privilege as every vCenter does, and all of them as newer ones do.
func (m *missing) fault() types.BaseMethodFault {
	if m.first == nil {
		return nil
	}
	f := &types.NoPermission{Object: m.first, PrivilegeId: m.of[*m.first][0]}
	for on, ids := range m.of {
		f.MissingPrivileges = append(f.MissingPrivileges, types.NoPermissionEntityPrivileges{Entity: on, PrivilegeIds: ids})
	}
	return f
}

// freely are the types whose methods need no more than System.View. What the tables have of them is what this provider calls; govmomi's own
// clients, which tests use, call others.
var freely = map[string]bool{"PropertyCollector": true, "PropertyFilter": true, "SessionManager": true, "ServiceInstance": true}

// authorize checks a call against the permissions of its session's user. What is late is to fail the task that the call begins.
func (r *Accounts) Authorize(ctx *simulator.Context, m *simulator.Method) (fault types.BaseMethodFault, late bool) {
	is := r.UserOf(ctx.Session)
	if is == nil {
		return nil, false
	}
	if freely[m.This.Type] && m.Name != "RetrievePropertiesEx" {
		return nil, false
	}
	var lacks missing
	for _, ask := range askedBy(r.Registry, m) {
		r.check(is, ask.Ask, &lacks, func(n privileges.Need) []types.ManagedObjectReference { return r.about(n, m, ask.given) })
		if lacks.first != nil && ask.Field == "" { // the call itself
			return lacks.fault(), false
		}
	}
	return lacks.fault(), lacks.first != nil && is.late && failing[m.Name]
}

// check adds what an ask lacks.
func (a *Accounts) check(is *account, ask privileges.Ask, lacks *missing, about func(privileges.Need) []types.ManagedObjectReference) {
	is.mu.Lock()
	is.asked[ask] = true
	is.mu.Unlock()
	needs, known := privileges.Needs(ask)
	if !known {
		lacks.add(a.root, "unknown: "+ask.Call+" "+ask.Field)
	}
	for _, n := range needs {
		if n.From == privileges.TheRoot && privileges.Implied(n.Privilege) {
			continue // who can log in has these there
		}
		on := []types.ManagedObjectReference{a.root}
		if n.From != privileges.TheRoot {
			on = about(n)
		}
		for _, obj := range on {
			if !a.may(is, obj, n.Privilege) {
				lacks.add(obj, n.Privilege)
			}
		}
	}
}

// givenTypes are the types of what a call can name of each kind.
var givenTypes = map[privileges.Object][]string{
	privileges.Machines: {"Folder", "VirtualMachine"}, privileges.Pools: {"ResourcePool"}, privileges.Datastores: {"Datastore"},
	privileges.Hosts: {"HostSystem", "ClusterComputeResource"}, privileges.Networks: {"Network", "DistributedVirtualPortgroup",
		"OpaqueNetwork"},
}

// about are the objects that a need is checked on.
func (r *Accounts) about(n privileges.Need, m *simulator.Method, given []types.ManagedObjectReference) (out []types.ManagedObjectReference) {
	switch n.From {
	case privileges.Called:
		return []types.ManagedObjectReference{m.This}
	case privileges.Parent:
		if e, is := r.Registry.Get(m.This).(mo.Entity); is && e.Entity().Parent != nil {
			return []types.ManagedObjectReference{*e.Entity().Parent}
		}
		return nil
	}
	if len(given) > 0 {
		return given
	}
	base.EachReference(reflect.ValueOf(m.Body), func(ref types.ManagedObjectReference) {
		if ref != m.This && slices.Contains(givenTypes[n.On], ref.Type) && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	})
	if n.On == privileges.Datastores {
		out = append(out, r.namedStores(m.Body)...)
	}
	return out
}

// namedStores are the datastores that a call names by the path of a file.
func (r *Accounts) namedStores(body any) (out []types.ManagedObjectReference) {
	file := ""
	switch b := body.(type) {
	case *types.DeleteVirtualDisk_Task:
		file = b.Name
	case *types.CreateVM_Task:
		if b.Config.Files != nil {
			file = b.Config.Files.VmPathName
		}
	}
	var p object.DatastorePath
	if p.FromString(file) {
		if store := base.FindByName(r.Registry, "Datastore", p.Datastore); store != nil {
			out = append(out, *store)
		}
	}
	return out
}

// reads says whether a user may read an object. What lies in no folder (tasks, managers) is read with the session.
func (a *Accounts) reads(is *account, obj types.ManagedObjectReference) bool {
	_, entity := a.Registry.Get(obj).(mo.Entity)
	return !entity || a.may(is, obj, "System.Read")
}

// failing are the methods whose tasks refused can fail.
var failing = map[string]bool{"CloneVM_Task": true, "ReconfigVM_Task": true, "RelocateVM_Task": true, "CreateVM_Task": true}

// refused stands in the place of an object for one call, which begins a task that fails.
type refused struct {
	base.Receiver
	registry *simulator.Registry
	fault    types.BaseMethodFault
	about    mo.Entity
}

// refusal is a place where the next call's task fails with a fault.
func (r *Accounts) Refusal(about types.ManagedObjectReference, fault types.BaseMethodFault) types.ManagedObjectReference {
	e, _ := r.Registry.Get(about).(mo.Entity)
	to := &refused{registry: r.Registry, fault: fault, about: e}
	to.StandAs("refused-" + strconv.FormatInt(r.Next(), 10))
	r.Registry.Put(to)
	return to.Self
}

// fail begins the task, and leaves the place.
func (f *refused) fail(ctx *simulator.Context, name string) types.ManagedObjectReference {
	f.registry.Remove(ctx, f.Self)
	return base.Failed(ctx, f.about, name, f.fault)
}

// CloneVMTask fails.
func (f *refused) CloneVMTask(ctx *simulator.Context, _ *types.CloneVM_Task) soap.HasFault {
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: f.fail(ctx, "cloneVm")}}
}

// ReconfigVMTask fails.
func (f *refused) ReconfigVMTask(ctx *simulator.Context, _ *types.ReconfigVM_Task) soap.HasFault {
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: f.fail(ctx, "reconfigVm")}}
}

// RelocateVMTask fails.
func (f *refused) RelocateVMTask(ctx *simulator.Context, _ *types.RelocateVM_Task) soap.HasFault {
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: f.fail(ctx, "relocateVm")}}
}

// CreateVMTask fails.
func (f *refused) CreateVMTask(ctx *simulator.Context, _ *types.CreateVM_Task) soap.HasFault {
	return &methods.CreateVM_TaskBody{Res: &types.CreateVM_TaskResponse{Returnval: f.fail(ctx, "createVm")}}
}
