package wire

import (
	"context"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

type ref = types.ManagedObjectReference

// Read gives the named properties of one object as a govmomi mo struct. Reads of the same moment travel together.
func Read[T any](ctx context.Context, c *Conn, obj ref, paths []string) (T, error) {
	var out T
	content, err := c.waiter.ask(ctx, property.Query{Object: obj, Paths: paths})
	if err != nil {
		return out, err
	}
	return out, property.Load(content, &out)
}

// Retrieve reads properties of many objects in one call. Objects that are gone are not in the answer.
func (c *Conn) Retrieve(ctx context.Context, questions []property.Query) (map[ref]types.ObjectContent, error) {
	vim, err := c.Vim(ctx)
	if err != nil {
		return nil, err
	}
	gone := map[ref]bool{}
	for {
		specs := property.Filters(questions, gone)
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
		return property.Merged(objects), nil
	}
}

// errOrNil keeps fault.As from a nil interface.
func errOrNil(err error) any {
	if err == nil {
		return nil
	}
	return err
}

// RetrieveAll sends the specs and fetches every page of the answer. The further pages belong to the session: where it is lost
// between two of them, the whole is asked again, once.
func (c *Conn) RetrieveAll(ctx context.Context, vim *vim25.Client, specs []types.PropertyFilterSpec) ([]types.ObjectContent, error) {
	objects, broken, err := c.retrievePages(ctx, vim, specs)
	if broken && ctx.Err() == nil {
		objects, _, err = c.retrievePages(ctx, vim, specs)
	}
	property.Clean(objects)
	for _, o := range objects {
		if g := faults.GapOf(o); g != nil && faults.Is[*types.NotAuthenticated](g) {
			return nil, g // the wire gave up: that is no object's own
		}
		c.Gaps.Note(o)
	}
	return objects, err
}

// retrievePages sends the specs and fetches every page. broken tells that a further page failed, and not the first.
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

// List is Collect for one kind of object, as govmomi's mo structs. Everything of every object is needed.
func List[T any](ctx context.Context, c *Conn, from types.ObjectSpec, wanted map[string][]string) ([]T, error) {
	objects, err := c.Collect(ctx, from, wanted)
	if err != nil {
		return nil, err
	}
	return property.OfType[T](objects, func(kind string) bool { _, ok := wanted[kind]; return ok })
}

// ListReadable is List for objects that may be incomplete: Gaps remembers why. An object that does not show its name is left out.
func ListReadable[T any](ctx context.Context, c *Conn, from types.ObjectSpec, wanted map[string][]string) ([]T, error) {
	objects, err := c.Collect(ctx, from, wanted)
	if err != nil {
		return nil, err
	}
	return property.Readable[T](objects, func(kind string) bool { _, ok := wanted[kind]; return ok })
}
