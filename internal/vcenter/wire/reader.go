// SPDX-License-Identifier: MPL-2.0

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

// Read returns the named properties of one object as a govmomi mo struct. Concurrent reads share a call.
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

// errOrNil returns err as fault.As takes it: nil for a nil error.
func errOrNil(err error) any {
	if err == nil {
		return nil
	}
	return err
}

// RetrieveAll sends the specs and fetches every page of the answer. Further pages belong to the session: if it is lost between two
// pages, everything is asked once more.
func (c *Conn) RetrieveAll(ctx context.Context, vim *vim25.Client, specs []types.PropertyFilterSpec) ([]types.ObjectContent, error) {
	objects, broken, err := c.retrievePages(ctx, vim, specs)
	if broken && ctx.Err() == nil {
		objects, _, err = c.retrievePages(ctx, vim, specs)
	}
	property.Clean(objects)
	for _, o := range objects {
		if g := faults.GapOf(o); g != nil && faults.Is[*types.NotAuthenticated](g) {
			return nil, g // the session could not be renewed: no gap of this object
		}
		c.Gaps.Note(o)
	}
	return objects, err
}

// retrievePages sends the specs and fetches every page. broken reports that a page after the first failed.
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

// Collect reads properties of every object of some types that a walk meets, in one call. A type includes its subtypes.
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

// List is Collect for one type of object, as govmomi's mo structs. It fails if any property of any object is missing.
func List[T any](ctx context.Context, c *Conn, from types.ObjectSpec, wanted map[string][]string) ([]T, error) {
	objects, err := c.Collect(ctx, from, wanted)
	if err != nil {
		return nil, err
	}
	return property.OfType[T](objects, func(kind string) bool { _, ok := wanted[kind]; return ok })
}

// ListReadable is List for objects that may be incomplete: Gaps remembers why. An object without its name is left out.
func ListReadable[T any](ctx context.Context, c *Conn, from types.ObjectSpec, wanted map[string][]string) ([]T, error) {
	objects, err := c.Collect(ctx, from, wanted)
	if err != nil {
		return nil, err
	}
	return property.Readable[T](objects, func(kind string) bool { _, ok := wanted[kind]; return ok })
}
