package vcsim

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

var referenceType = reflect.TypeFor[types.ManagedObjectReference]()

func eachReference(v reflect.Value, visit func(types.ManagedObjectReference)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachReference(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachReference(v.Index(i), visit)
		}
	case reflect.Struct:
		if v.Type() == referenceType {
			visit(v.Interface().(types.ManagedObjectReference))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachReference(v.Field(i), visit)
			}
		}
	}
}

// named is an object of a kind and name; nil where there is none.
func named(registry *simulator.Registry, kind, name string) *types.ManagedObjectReference {
	for _, e := range registry.All(kind) {
		if e.Entity().Name == name {
			ref := e.Reference()
			return &ref
		}
	}
	return nil
}

func firstRef(refs ...*types.ManagedObjectReference) *types.ManagedObjectReference {
	for _, ref := range refs {
		if ref != nil {
			return ref
		}
	}
	return nil
}

// fits says whether a reference, where there is one, is to an object of the type.
func fits[T any](ctx *simulator.Context, ref *types.ManagedObjectReference) bool {
	if ref == nil {
		return true
	}
	_, ok := ctx.Map.Get(*ref).(T)
	return ok
}

func refOf(ctx *simulator.Context, ref *types.ManagedObjectReference) mo.Reference {
	if ref == nil {
		return nil
	}
	return ctx.Map.Get(*ref)
}
