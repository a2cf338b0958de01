// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

type ref = types.ManagedObjectReference

// Gap is a property that vCenter does not show of an object, and why.
type Gap struct {
	obj   ref
	Name  string // the object's, if it is shown
	Path  string
	Fault types.BaseMethodFault
}

// Error names the object, the property that is not shown, the reason, and what to do.
func (g *Gap) Error() string {
	what := strings.TrimSpace(fmt.Sprintf("%s %s", cmp.Or(gapKinds[g.obj.Type], g.obj.Type), g.Name))
	if g.Name == "" || g.Name != g.obj.Value {
		what += " (" + g.obj.Value + ")"
	}
	switch f := g.Fault.(type) {
	case *types.NoPermission:
		return fmt.Sprintf("the user may not read %s of the %s: grant the privilege %s on it (the role Read-only has it)", g.Path, what,
			cmp.Or(f.PrivilegeId, "System.Read"))
	case types.BaseHostCommunication:
		return fmt.Sprintf("%s of the %s cannot be read, because its host is disconnected or does not answer (%s): connect the host again, or "+
			"remove it", g.Path, what, words(faultName(g.Fault)))
	}
	return fmt.Sprintf("%s of the %s cannot be read: %s", g.Path, what, sentenceOf(g.Fault))
}

// Called returns the object's name, or its id if the name is not shown.
func (g *Gap) Called() string { return cmp.Or(g.Name, g.obj.Value) }

// Unwrap returns the fault, so that Is and As find it.
func (g *Gap) Unwrap() error { return soap.WrapVimFault(g.Fault) }

// gapKinds are everyday names of object types.
var gapKinds = map[string]string{
	"HostSystem": "ESX host", "Datastore": "datastore", "ClusterComputeResource": "cluster", "ComputeResource": "host",
	"ResourcePool": "resource pool", "VirtualMachine": "virtual machine", "Network": "network", "DistributedVirtualPortgroup": "portgroup",
	"OpaqueNetwork": "network", "DistributedVirtualSwitch": "distributed switch", "VmwareDistributedVirtualSwitch": "distributed switch",
	"Datacenter": "datacenter", "Folder": "folder",
}

// GapOf returns the first property that an answer does not show of an object; nil if it shows all.
func GapOf(content types.ObjectContent) *Gap {
	if len(content.MissingSet) == 0 {
		return nil
	}
	g := &Gap{obj: content.Obj, Path: content.MissingSet[0].Path, Fault: content.MissingSet[0].Fault.Fault}
	for _, p := range content.PropSet {
		if text, ok := p.Val.(string); ok && p.Name == "name" {
			g.Name = text
		}
	}
	return g
}

// Appended adds a sentence to an error, which keeps its argument.
func Appended(err error, sentence string) error {
	var field *openstack.FieldError
	if errors.As(err, &field) {
		copied := *field
		copied.Err = fmt.Errorf("%w. %s", field.Err, sentence)
		return &copied
	}
	return fmt.Errorf("%w. %s", err, sentence)
}
