// SPDX-License-Identifier: MPL-2.0

package accounts

import (
	"net/url"
	"reflect"
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

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

// unchecked are the types whose methods need no more than System.View. What the tables have of them is what this provider calls; govmomi's
// own clients, which tests use, call others.
var unchecked = map[string]bool{"PropertyCollector": true, "PropertyFilter": true, "SessionManager": true, "ServiceInstance": true}

// Authorize checks a call against the permissions of its session's user. What is late is to fail the task that the call begins.
func (a *Accounts) Authorize(ctx *simulator.Context, m *simulator.Method) (fault types.BaseMethodFault, late bool) {
	user := a.UserOf(ctx.Session)
	if user == nil {
		return nil, false
	}
	if unchecked[m.This.Type] && m.Name != "RetrievePropertiesEx" {
		return nil, false
	}
	var lacks missing
	for _, ask := range askedBy(a.Registry, m) {
		a.check(user, ask.Ask, &lacks, func(n privileges.Need) []types.ManagedObjectReference { return a.objectsOf(n, m, ask.given) })
		if lacks.first != nil && ask.Field == "" { // the call itself
			return lacks.fault(), false
		}
	}
	return lacks.fault(), lacks.first != nil && user.late && tasksThatFail[m.Name]
}

// check adds what an ask lacks.
func (a *Accounts) check(user *account, ask privileges.Ask, lacks *missing, about func(privileges.Need) []types.ManagedObjectReference) {
	user.mu.Lock()
	user.asked[ask] = true
	user.mu.Unlock()
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
			if !a.allows(user, obj, n.Privilege) {
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

// objectsOf are the objects that a need is checked on.
func (a *Accounts) objectsOf(n privileges.Need, m *simulator.Method,
	given []types.ManagedObjectReference) (out []types.ManagedObjectReference) {
	switch n.From {
	case privileges.Called:
		if snapshot, ok := a.Registry.Get(m.This).(*simulator.VirtualMachineSnapshot); ok {
			return []types.ManagedObjectReference{snapshot.Vm} // permissions are on machines
		}
		return []types.ManagedObjectReference{m.This}
	case privileges.Parent:
		if e, ok := a.Registry.Get(m.This).(mo.Entity); ok && e.Entity().Parent != nil {
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
		out = append(out, a.namedStores(m.Body)...)
	}
	return out
}

// namedStores are the datastores that a call names by the paths of files.
func (a *Accounts) namedStores(body any) (out []types.ManagedObjectReference) {
	for _, file := range namedFiles(body) {
		var p object.DatastorePath
		if p.FromString(file) {
			if store := base.FindByName(a.Registry, "Datastore", p.Datastore); store != nil && !slices.Contains(out, *store) {
				out = append(out, *store)
			}
		}
	}
	return out
}

// namedFiles are the paths of files that a call names.
func namedFiles(body any) []string {
	switch b := body.(type) {
	case *types.DeleteVirtualDisk_Task:
		return []string{b.Name}
	case *types.CopyVirtualDisk_Task:
		return []string{b.SourceName, b.DestName}
	case *types.QueryVirtualDiskUuid:
		return []string{b.Name}
	case *types.MakeDirectory:
		return []string{b.Name}
	case *types.RegisterDisk:
		if u, err := url.Parse(b.Path); err == nil {
			return []string{(&object.DatastorePath{Datastore: u.Query().Get("dsName")}).String()}
		}
	case *types.CreateVM_Task:
		if b.Config.Files != nil {
			return []string{b.Config.Files.VmPathName}
		}
	}
	return nil
}
