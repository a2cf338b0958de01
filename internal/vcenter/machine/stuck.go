// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// unreached are the connection states in which vCenter changes nothing on a VM, and what to do about each.
var unreached = map[types.VirtualMachineConnectionState]string{
	types.VirtualMachineConnectionStateDisconnected: "is on a host that is disconnected: connect the host again",
	types.VirtualMachineConnectionStateOrphaned: "is known to the vCenter and not to its host (orphaned): register its files anew (govc " +
		"vm.register), or remove it from the inventory and from the state (terraform state rm)",
	types.VirtualMachineConnectionStateInaccessible: "cannot be reached by its host (inaccessible): look at the datastore that its files " +
		"are on",
	types.VirtualMachineConnectionStateInvalid: "has a configuration file that vCenter cannot read (invalid): restore the file, and " +
		"register the machine anew",
}

// stuck returns why a VM cannot be changed and what to do; empty where it can.
func stuck(vm mo.VirtualMachine) string {
	switch why := unreached[vm.Runtime.ConnectionState]; {
	case why != "":
		return why
	case vm.Config != nil && vm.Config.Template:
		return "was marked as a template, which cannot be powered on or changed: mark it as a virtual machine again (govc vm.markasvm, or " +
			"Convert to Virtual Machine in the client), or remove it from the state (terraform state rm)"
	case vm.Runtime.CryptoState == string(types.VirtualMachineCryptoStateLocked):
		return "is encrypted, and its key is not there: bring the key provider back, and unlock the machine"
	case vm.Runtime.Question != nil:
		return "waits for the answer to a question, and does nothing before: " + vm.Runtime.Question.Text +
			" Answer it in the client (or govc vm.question)"
	}
	return ""
}
