package wire

import (
	"context"
	"slices"
	"strings"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type ref = types.ManagedObjectReference

// PropertyQuery asks for some properties of one object.
type PropertyQuery struct {
	Object ref
	Paths  []string
}

// Read gives the named properties of one object as a govmomi mo struct. Reads of the same moment travel together.
func Read[T any](ctx context.Context, c *Conn, obj ref, paths []string) (T, error) {
	var out T
	content, err := c.waiter.ask(ctx, PropertyQuery{obj, paths})
	if err != nil {
		return out, err
	}
	return out, Load(content, &out)
}

// Retrieve reads properties of many objects in one call. Objects that are gone are not in the answer.
func (c *Conn) Retrieve(ctx context.Context, questions []PropertyQuery) (map[ref]types.ObjectContent, error) {
	vim, err := c.Vim(ctx)
	if err != nil {
		return nil, err
	}
	gone := map[ref]bool{}
	for {
		specs := FilterSpecs(questions, gone)
		if len(specs) == 0 {
			return nil, nil
		}
		objects, err := c.RetrieveAll(ctx, vim, specs)
		var missing *types.ManagedObjectNotFound
		if _, ok := fault.As(errOrNil(err), &missing); ok && !gone[missing.Obj] {
			gone[missing.Obj] = true // drop it and ask for the rest
			continue
		}
		if err != nil {
			return nil, err
		}
		return merged(objects), nil
	}
}

// errOrNil keeps fault.As from a nil interface.
func errOrNil(err error) any {
	if err == nil {
		return nil
	}
	return err
}

// FilterSpecs makes one filter per set of properties; an object may be in several.
func FilterSpecs(questions []PropertyQuery, gone map[ref]bool) []types.PropertyFilterSpec {
	var order []string
	type group struct {
		paths []string
		refs  []ref
		has   map[ref]bool
	}
	groups := map[string]*group{}
	for _, q := range questions {
		if gone[q.Object] {
			continue
		}
		key := q.Object.Type + " " + strings.Join(q.Paths, " ")
		if groups[key] == nil {
			groups[key] = &group{paths: q.Paths, has: map[ref]bool{}}
			order = append(order, key)
		}
		if g := groups[key]; !g.has[q.Object] {
			g.has[q.Object] = true
			g.refs = append(g.refs, q.Object)
		}
	}
	specs := make([]types.PropertyFilterSpec, 0, len(order))
	for _, key := range order {
		g := groups[key]
		spec := types.PropertyFilterSpec{PropSet: []types.PropertySpec{{Type: g.refs[0].Type, PathSet: g.paths}},
			ReportMissingObjectsInResults: types.NewBool(true)}
		for _, r := range g.refs {
			spec.ObjectSet = append(spec.ObjectSet, types.ObjectSpec{Obj: r})
		}
		specs = append(specs, spec)
	}
	return specs
}

// RetrieveAll sends the specs and fetches every page of the answer. The further pages belong to the session: where it is lost
// between two of them, the whole is asked again, once.
func (c *Conn) RetrieveAll(ctx context.Context, vim *vim25.Client, specs []types.PropertyFilterSpec) ([]types.ObjectContent, error) {
	objects, broken, err := c.retrievePages(ctx, vim, specs)
	if broken && ctx.Err() == nil {
		objects, _, err = c.retrievePages(ctx, vim, specs)
	}
	Clean(objects)
	for _, o := range objects {
		if g := GapOf(o); g != nil && IsFault[*types.NotAuthenticated](g) {
			return nil, g // the wire gave up: that is no object's own
		}
		c.Gaps.note(o)
	}
	return objects, err
}

// Clean makes of what came off the wire what everybody expects: names as people know them, and nothing that only a later release knows.
func Clean(objects []types.ObjectContent) {
	callByName(objects)
	for _, o := range objects {
		dropUnknown(o)
	}
}

// callByName gives objects the names that people know them by: vCenter keeps those of its inventory escaped. It is done here, where
// everything is read, and nowhere else; what goes to vCenter goes through escapeName.
func callByName(objects []types.ObjectContent) {
	for _, o := range objects {
		for i, p := range o.PropSet {
			if text, is := p.Val.(string); is && p.Name == "name" && strings.Contains(text, "%") {
				o.PropSet[i].Val = UnescapeName(text)
			}
		}
	}
}

// dropUnknown takes out of an object's lists what has a type that only a later release of vSphere knows: it is decoded to nil, which nobody
// expects who goes through devices, parameters or rules.
func dropUnknown(o types.ObjectContent) {
	for i := range o.PropSet {
		switch v := o.PropSet[i].Val.(type) {
		case types.VirtualHardware:
			v.Device = known(v.Device)
			o.PropSet[i].Val = v
		case types.VirtualMachineConfigInfo:
			v.Hardware.Device, v.ExtraConfig = known(v.Hardware.Device), known(v.ExtraConfig)
			o.PropSet[i].Val = v
		case types.ArrayOfOptionValue:
			v.OptionValue = known(v.OptionValue)
			o.PropSet[i].Val = v
		case types.ClusterConfigInfoEx:
			v.Rule, v.Group = known(v.Rule), known(v.Group)
			o.PropSet[i].Val = v
		}
	}
}

func known[T any](list []T) []T {
	return slices.DeleteFunc(list, func(v T) bool { return any(v) == nil })
}

// retrievePages says with an error whether it was a further page that failed.
func (c *Conn) retrievePages(ctx context.Context, vim *vim25.Client, specs []types.PropertyFilterSpec) (objects []types.ObjectContent,
	broken bool, err error) {
	collector := vim.ServiceContent.PropertyCollector
	res, err := methods.RetrievePropertiesEx(ctx, vim, &types.RetrievePropertiesEx{This: collector, SpecSet: specs})
	if err != nil || res.Returnval == nil {
		return nil, false, err
	}
	objects, token := res.Returnval.Objects, res.Returnval.Token
	for token != "" {
		more, err := methods.ContinueRetrievePropertiesEx(ctx, vim, &types.ContinueRetrievePropertiesEx{This: collector, Token: token})
		if err != nil {
			return nil, true, err
		}
		objects, token = append(objects, more.Returnval.Objects...), more.Returnval.Token
	}
	return objects, false, nil
}

// merged joins what several filters said about the same object.
func merged(objects []types.ObjectContent) map[ref]types.ObjectContent {
	out := make(map[ref]types.ObjectContent, len(objects))
	for _, o := range objects {
		have := out[o.Obj]
		have.Obj = o.Obj
		have.PropSet = append(have.PropSet, o.PropSet...)
		have.MissingSet = append(have.MissingSet, o.MissingSet...)
		out[o.Obj] = have
	}
	return out
}

// only keeps of an object what was asked for.
func only(content types.ObjectContent, paths []string) types.ObjectContent {
	out := types.ObjectContent{Obj: content.Obj}
	seen := map[string]bool{}
	for _, p := range content.PropSet {
		if slices.Contains(paths, p.Name) && !seen[p.Name] {
			seen[p.Name] = true
			out.PropSet = append(out.PropSet, p)
		}
	}
	for _, m := range content.MissingSet {
		if slices.Contains(paths, m.Path) {
			out.MissingSet = append(out.MissingSet, m)
		}
	}
	return out
}

// Collect reads properties of every object of some types that a walk meets, in one call. A type stands for its subtypes too.
func (c *Conn) Collect(ctx context.Context, from types.ObjectSpec, wanted map[string][]string) ([]types.ObjectContent, error) {
	vim, err := c.Vim(ctx)
	if err != nil {
		return nil, err
	}
	spec := types.PropertyFilterSpec{ObjectSet: []types.ObjectSpec{from}}
	for kind, paths := range wanted {
		spec.PropSet = append(spec.PropSet, types.PropertySpec{Type: kind, PathSet: paths})
	}
	return c.RetrieveAll(ctx, vim, []types.PropertyFilterSpec{spec})
}

// List is collect for one kind of object, as govmomi's mo structs. Everything of every object is needed.
func List[T any](ctx context.Context, c *Conn, from types.ObjectSpec, wanted map[string][]string) ([]T, error) {
	objects, err := c.Collect(ctx, from, wanted)
	if err != nil {
		return nil, err
	}
	return OfType[T](objects, func(kind string) bool { _, ok := wanted[kind]; return ok })
}

// ListReadable is list for objects that may be incomplete: gaps knows why. One that does not show its name is left out.
func ListReadable[T any](ctx context.Context, c *Conn, from types.ObjectSpec, wanted map[string][]string) ([]T, error) {
	objects, err := c.Collect(ctx, from, wanted)
	if err != nil {
		return nil, err
	}
	return Readable[T](objects, func(kind string) bool { _, ok := wanted[kind]; return ok })
}

// OfType decodes the objects whose type is chosen, of which everything is needed.
func OfType[T any](objects []types.ObjectContent, chosen func(kind string) bool) ([]T, error) {
	var out []T
	objects = slices.DeleteFunc(slices.Clone(objects), func(o types.ObjectContent) bool { return !chosen(o.Obj.Type) })
	for _, o := range objects {
		if g := GapOf(o); g != nil {
			return nil, g
		}
	}
	err := mo.LoadObjectContent(objects, &out)
	return out, err
}

// IsTrue reads a boolean that may be left out.
func IsTrue(b *bool) bool { return b != nil && *b }

// Deref reads a reference that may be left out.
func Deref(r *ref) ref {
	if r == nil {
		return ref{}
	}
	return *r
}
