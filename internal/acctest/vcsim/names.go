package vcsim

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// longestName is the greatest number of characters a name in the inventory may have.
const longestName = 80

// escaped is a name as vCenter stores it: these three characters would break inventory paths.
var escaped = strings.NewReplacer("%", "%25", "/", "%2f", `\`, "%5c")

// fileSafe is a name that can be a directory; the datastore's name for a machine never was the inventory's.
var fileSafe = strings.NewReplacer("%", "_", "/", "_", `\`, "_")

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// checkName refuses what no object may be called.
func checkName(name string) types.BaseMethodFault {
	if name == "" || utf8.RuneCountInString(name) > longestName {
		return &types.InvalidName{Name: name}
	}
	return nil
}

// taken refuses a name that another child of the folder has. The caller holds the folder's lock, as everything does
// that adds a child or names one.
func taken(ctx *simulator.Context, folder mo.Folder, name string, self types.ManagedObjectReference) types.BaseMethodFault {
	other := ctx.Map.FindByName(name, folder.ChildEntity)
	if other == nil || other.Reference() == self {
		return nil
	}
	return &types.DuplicateName{Name: name, Object: other.Reference()}
}

// folderOf gives the folder an entity lies in, and nil for one that lies elsewhere, such as in a vApp.
func folderOf(ctx *simulator.Context, e mo.Entity) *simulator.Folder {
	parent := e.Entity().Parent
	if parent == nil {
		return nil
	}
	folder, _ := ctx.Map.Get(*parent).(*simulator.Folder)
	return folder
}

// rename gives a machine another name, everywhere a machine bears one. The caller holds the machine's lock; the
// folder's is taken after it, in the order in which the simulator takes them to destroy a machine.
func rename(ctx *simulator.Context, vm *simulator.VirtualMachine, name string) (fault types.BaseMethodFault) {
	if fault := checkName(name); fault != nil {
		return fault
	}
	name = escaped.Replace(name)
	change := func() {
		ctx.Update(vm, []types.PropertyChange{
			{Name: "name", Val: name},
			{Name: "config.name", Val: name},
			{Name: "summary.config.name", Val: name},
		})
	}
	folder := folderOf(ctx, vm)
	if folder == nil {
		change()
		return nil
	}
	ctx.WithLock(folder, func() {
		if fault = taken(ctx, folder.Folder, name, vm.Self); fault == nil {
			change()
		}
	})
	return fault
}
