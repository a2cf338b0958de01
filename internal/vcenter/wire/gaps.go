package wire

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Gap is a property that the vCenter does not show of an object, and why.
type Gap struct {
	obj   ref
	Name  string // the object's, where that is shown
	path  string
	fault types.BaseMethodFault
}

// Error says the object, what is not shown of it and why, and what to do.
func (g *Gap) Error() string {
	what := strings.TrimSpace(fmt.Sprintf("%s %s", cmp.Or(gapKinds[g.obj.Type], g.obj.Type), g.Name))
	if g.Name == "" || g.Name != g.obj.Value {
		what += " (" + g.obj.Value + ")"
	}
	switch f := g.fault.(type) {
	case *types.NoPermission:
		return fmt.Sprintf("the user may not read %s of the %s: grant the privilege %s on it (the role Read-only has it)", g.path, what,
			cmp.Or(f.PrivilegeId, "System.Read"))
	case types.BaseHostCommunication:
		return fmt.Sprintf("%s of the %s cannot be read, because its host is disconnected or does not answer (%s): connect the host again, or "+
			"remove it", g.path, what, words(faultName(g.fault)))
	}
	return fmt.Sprintf("%s of the %s cannot be read: %s", g.path, what, sentenceOf(g.fault))
}

// Called is the object's name, or its id where that is not shown.
func (g *Gap) Called() string { return cmp.Or(g.Name, g.obj.Value) }

// Unwrap is the fault, for those who look for one.
func (g *Gap) Unwrap() error { return soap.WrapVimFault(g.fault) }

// gapKinds are what people call some types of objects.
var gapKinds = map[string]string{
	"HostSystem": "ESX host", "Datastore": "datastore", "ClusterComputeResource": "cluster", "ComputeResource": "host",
	"ResourcePool":   "resource pool",
	"VirtualMachine": "virtual machine", "Network": "network", "DistributedVirtualPortgroup": "portgroup", "OpaqueNetwork": "network",
	"DistributedVirtualSwitch": "distributed switch", "VmwareDistributedVirtualSwitch": "distributed switch", "Datacenter": "datacenter",
	"Folder": "folder",
}

// GapOf is the first thing that an answer does not show of an object; nil where it shows all.
func GapOf(content types.ObjectContent) *Gap {
	if len(content.MissingSet) == 0 {
		return nil
	}
	g := &Gap{obj: content.Obj, path: content.MissingSet[0].Path, fault: content.MissingSet[0].Fault.Fault}
	for _, p := range content.PropSet {
		if text, ok := p.Val.(string); ok && p.Name == "name" {
			g.Name = text
		}
	}
	return g
}

// Load decodes one object, of which everything is needed.
func Load(content types.ObjectContent, dst any) error {
	if g := GapOf(content); g != nil {
		return g
	}
	return mo.LoadObjectContent([]types.ObjectContent{content}, dst)
}

// Gaps remembers why objects of lists are incomplete, for the moment when one of them is needed.
type Gaps struct {
	mu sync.Mutex
	of map[ref]map[string]*Gap
}

// note takes in what an answer shows of an object and what not.
func (g *Gaps) note(content types.ObjectContent) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if known := g.of[content.Obj]; len(known) > 0 {
		for _, p := range content.PropSet {
			delete(known, p.Name)
		}
	}
	for _, missing := range content.MissingSet {
		if g.of == nil {
			g.of = map[ref]map[string]*Gap{}
		}
		if g.of[content.Obj] == nil {
			g.of[content.Obj] = map[string]*Gap{}
		}
		one := GapOf(content)
		one.path, one.fault = missing.Path, missing.Fault.Fault
		g.of[content.Obj][missing.Path] = one
	}
}

// About is what is not shown of an object among some properties that somebody needs; nil where all are.
func (g *Gaps) About(obj ref, paths ...string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, path := range paths {
		if one := g.of[obj][path]; one != nil {
			return one
		}
	}
	return nil
}

// Unnamed says that an object of a kind does not show its name, and is in no list.
func (g *Gaps) Unnamed(kind string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for obj, missing := range g.of {
		if obj.Type == kind && missing["name"] != nil {
			return true
		}
	}
	return false
}

// Named is what is not shown of the object of a kind and name; nil where everything is.
func (g *Gaps) Named(kind, name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for obj, missing := range g.of {
		for _, one := range missing {
			if obj.Type == kind && one.Name == name && name != "" {
				return one
			}
		}
	}
	return nil
}

// Nameless adds to an error about a name that nobody knows that some objects do not even show their names: it may be one of them.
func (g *Gaps) Nameless(err error, kinds ...string) error {
	if err == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	var texts []string
	for obj, missing := range g.of {
		if one := missing["name"]; one != nil && slices.Contains(kinds, obj.Type) {
			texts = append(texts, one.Error())
		}
	}
	if len(texts) == 0 {
		return err
	}
	slices.Sort(texts)
	return Appended(err, "It may be one whose name is not shown: "+strings.Join(texts[:min(len(texts), 3)], "; "))
}

// Appended adds a sentence to an error, which stays that of its argument.
func Appended(err error, sentence string) error {
	var field *openstack.FieldError
	if errors.As(err, &field) {
		copied := *field
		copied.Err = fmt.Errorf("%w. %s", field.Err, sentence)
		return &copied
	}
	return fmt.Errorf("%w. %s", err, sentence)
}

// Readable decodes the objects whose type is chosen, incomplete where the vCenter does not show everything; gaps knows why. One that does
// not show its name is left out.
func Readable[T any](objects []types.ObjectContent, chosen func(kind string) bool) (out []T, err error) {
	for _, o := range objects {
		if !chosen(o.Obj.Type) || slices.ContainsFunc(o.MissingSet, func(m types.MissingProperty) bool { return m.Path == "name" }) {
			continue
		}
		o.MissingSet = nil
		var one T
		if err := mo.LoadObjectContent([]types.ObjectContent{o}, &one); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}
