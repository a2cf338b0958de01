// SPDX-License-Identifier: MPL-2.0

package base

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// EachReference visits the references to objects that a value holds, at whatever depth.
func EachReference(v reflect.Value, visit func(types.ManagedObjectReference)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			EachReference(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			EachReference(v.Index(i), visit)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[types.ManagedObjectReference]() {
			visit(v.Interface().(types.ManagedObjectReference))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				EachReference(v.Field(i), visit)
			}
		}
	}
}

// FindByName is the object of a kind and name; nil where there is none.
func FindByName(registry *simulator.Registry, kind, name string) *types.ManagedObjectReference {
	for _, e := range registry.All(kind) {
		if e.Entity().Name == name {
			ref := e.Reference()
			return &ref
		}
	}
	return nil
}
