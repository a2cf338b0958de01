// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"net/url"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/clusters"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// What a test changes about a vCenter that runs. All of it but SetHardware needs the rules: see Options.Unmodified.

// Hold has somebody else's task, the making of a snapshot, hold a machine until it is released. Released, it gives how many changes were
// refused meanwhile, by method.
func (v *VCenter) Hold(vm types.ManagedObjectReference, how Holding) (release func() map[string]int) {
	return v.rules.machines.Hold(v.context(), vm, how)
}

// InSteps has the next task that changes a machine tell figures of its progress, one after the other, before it is carried out: each stands
// until next is called, which returns once the following one shows, and after the last at once.
func (v *VCenter) InSteps(vm types.ManagedObjectReference, figures ...int32) (next func()) {
	return v.rules.machines.InSteps(vm, figures...)
}

// AddUser makes a user who may what some permissions say, and nothing else. Every call of the user's sessions is checked: SOAP calls, tags,
// content libraries, storage policies and files. A call that no table of package privileges has is refused.
func (v *VCenter) AddUser(name, password string, all ...Permission) {
	v.rules.accounts.Add(url.UserPassword(v.User, v.Password), name, password, all)
}

// RefuseLate has what is wrong with the arguments of a user's tasks fail the task, where it is refused at once else.
func (v *VCenter) RefuseLate(user string) { v.rules.accounts.RefuseLate(user) }

// Asked is what a user's sessions have asked for up to now.
func (v *VCenter) Asked(user string) []privileges.Ask { return v.rules.accounts.Asked(user) }

// Hide has some properties of an object answered as missing with a fault, NoPermission or HostNotConnected: without paths all but its name.
// A nil fault shows everything again.
func (v *VCenter) Hide(obj types.ManagedObjectReference, fault types.BaseMethodFault, paths ...string) {
	v.rules.hidden.Hide(obj, fault, paths)
}

// Cloning has a machine answered as one that is still being cloned: it has no configuration and no host yet, and nothing is said to be
// missing.
func (v *VCenter) Cloning(vm types.ManagedObjectReference, cloned bool) {
	v.rules.hidden.Cloning(vm, cloned)
}

// RefuseFiles has every file that is put below /folder answered as a real server does where the account lacks the privilege: with 401, as
// if it had no session.
func (v *VCenter) RefuseFiles(refuse bool) { v.rules.accounts.NoFiles.Store(refuse) }

// AddHostsIn sets how long AddHost_Task takes before the host is there: a real vCenter connects to it and configures it first.
func (v *VCenter) AddHostsIn(d time.Duration) { v.rules.clusters.AddHostTime.Store(int64(d)) }

// TakeAdvanced has the vCenter treat advanced parameters of machines that are not off in some way from now on.
func (v *VCenter) TakeAdvanced(how Advanced) { v.rules.machines.Advanced.Store(int32(how)) }

// Advanced is how the vCenter treats advanced parameters of machines that are not off.
func (v *VCenter) Advanced() Advanced {
	return Advanced(v.rules.machines.Advanced.Load())
}

// DropGuestinfo has keys of guestinfo. that a change set while the machine was not off be gone once it is off: vmware/vic #4110 and #8637
// tell of it, for 6.x. A server that keeps them is the default.
func (v *VCenter) DropGuestinfo(drop bool) { v.rules.guests.DropLive.Store(drop) }

// Told is guestinfo. as a machine's guest has read it at its last boot, by key; nil where it has never booted.
func (v *VCenter) Told(vm types.ManagedObjectReference) map[string]string {
	return v.rules.guests.Told(vm)
}

// RestartWhen has a machine's guest that is asked to restart go down at once, and come back when it is let. Every other comes back at once.
func (v *VCenter) RestartWhen(vm types.ManagedObjectReference) (back func()) {
	return v.rules.guests.RestartWhen(vm)
}

// RestartNever has a machine's guest ignore that it is asked to restart.
func (v *VCenter) RestartNever(vm types.ManagedObjectReference) { v.rules.guests.RestartNever(vm) }

// DiskDeletes counts the calls of DeleteVStorageObject_Task by the id of the first class disk they name, whatever came of them.
func (v *VCenter) DiskDeletes() map[string]int { return v.rules.disks.Deletes() }

// Satisfy has nothing but some datastores satisfy a storage policy. Every datastore does as long as nobody says so.
func (v *VCenter) Satisfy(policy string, stores ...types.ManagedObjectReference) {
	v.rules.disks.Satisfy(policy, stores)
}

// SetHardware gives the host of a name another hardware than every host has.
func (v *VCenter) SetHardware(name string, hw Hardware) error {
	err := clusters.SetHardware(base.Apart(v.context()), name, hw)
	if err == nil && v.rules != nil {
		v.rules.clusters.Usage.Outdate()
	}
	return err
}

// ShrinkPorts takes the ports away that are not connected, booked or not, as a switch may once an elastic portgroup has expanded, and gives
// how many went. A portgroup without autoExpand never loses a free port (API reference, DVPortgroupConfigSpec.autoExpand).
func (v *VCenter) ShrinkPorts(portgroup types.ManagedObjectReference) int {
	return v.rules.switches.Ports.Shrink(v.context(), portgroup)
}
