// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// PrivateKeys is a resource that lists the keys it may have in private state, which cannot be enumerated.
type PrivateKeys interface{ PrivateKeys() []string }

// kind holds the facts about a resource type that Server needs.
type kind struct {
	build    func() resource.Resource
	schema   schema.Schema
	object   tftypes.Object
	keys     []string                 // of private state
	blocks   []string                 // lists and sets of blocks: Terraform sends an empty one where none is written, resources expect null
	defaults map[string]tftypes.Value // of attributes
	hidden   map[string][]string      // write-only attributes, which no state holds, by their block; "" for those outside of one
	open     []string                 // attributes that are known only after apply unless they are written
	inner    map[string][]string      // such attributes of the blocks of a list, by the list's name
	creates  bool                     // the plan of a new object needs nothing beyond these fields

	identified bool // it has identities of crud.IdentitySchema
}

// kindOf inspects a resource type. It returns nil for one with a feature that Server does not handle.
func kindOf(ctx context.Context, build func() resource.Resource, resp resource.SchemaResponse) *kind {
	r := build()
	private, ok := r.(PrivateKeys)
	object, isObject := resp.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok || !isObject || resp.Diagnostics.HasError() {
		return nil
	}
	k := &kind{build: build, schema: resp.Schema, object: object, keys: private.PrivateKeys(), defaults: map[string]tftypes.Value{},
		hidden: map[string][]string{}, inner: map[string][]string{}, creates: true}
	_, k.identified = r.(resource.ResourceWithIdentity)
	for name, a := range resp.Schema.Attributes {
		value, known := defaultOf(ctx, a)
		if !known || nestedDefault(ctx, a) {
			return nil
		}
		switch {
		case value != nil:
			k.defaults[name] = *value
		case a.IsWriteOnly():
			k.hidden[""] = append(k.hidden[""], name)
		case a.IsComputed() && !idle(a):
			k.open = append(k.open, name)
		}
		_, nested := a.(schema.NestedAttribute)
		k.creates = k.creates && ofStateOnly(a) && (!nested || !a.IsOptional())
	}
	for name, b := range resp.Schema.Blocks {
		if !k.block(ctx, name, b) {
			return nil
		}
	}
	return k
}

// block records a block, and reports whether Server handles everything in it.
func (k *kind) block(ctx context.Context, name string, b schema.Block) bool {
	var of map[string]schema.Attribute
	var inner map[string]schema.Block
	switch b := b.(type) {
	case schema.ListNestedBlock:
		k.blocks, of, inner = append(k.blocks, name), b.NestedObject.Attributes, b.NestedObject.Blocks
	case schema.SetNestedBlock:
		k.blocks, of, inner = append(k.blocks, name), b.NestedObject.Attributes, b.NestedObject.Blocks
	case schema.SingleNestedBlock:
		of, inner = b.Attributes, b.Blocks
	default:
		return false
	}
	k.creates = k.creates && ofStateOnly(b)
	for inner, a := range of {
		switch {
		case a.IsWriteOnly():
			k.hidden[name] = append(k.hidden[name], inner)
		case a.IsComputed():
			k.inner[name] = append(k.inner[name], inner)
		}
		if _, list := b.(schema.ListNestedBlock); a.IsComputed() && !list || !ofStateOnly(a) {
			k.creates = false
		}
		if value, known := defaultOf(ctx, a); value != nil || !known || nestedDefault(ctx, a) {
			return false
		}
	}
	return len(inner) == 0
}

// nestedDefault reports whether an attribute has nested attributes with defaults, or write-only ones.
func nestedDefault(ctx context.Context, a schema.Attribute) bool {
	single, ok := a.(schema.SingleNestedAttribute)
	if !ok {
		_, nested := a.(schema.NestedAttribute)
		return nested
	}
	for _, inner := range single.Attributes {
		if value, known := defaultOf(ctx, inner); value != nil || !known || inner.IsWriteOnly() || nestedDefault(ctx, inner) {
			return true
		}
	}
	return false
}

// defaultOf returns an attribute's default, or nil. known is false for a kind of default that Server cannot compute.
func defaultOf(ctx context.Context, a schema.Attribute) (value *tftypes.Value, known bool) {
	var raw tftypes.Value
	var err error
	switch a := a.(type) {
	case schema.StringAttribute:
		if a.Default == nil {
			return nil, true
		}
		var resp defaults.StringResponse
		a.Default.DefaultString(ctx, defaults.StringRequest{}, &resp)
		raw, err = resp.PlanValue.ToTerraformValue(ctx)
	case schema.BoolAttribute:
		if a.Default == nil {
			return nil, true
		}
		var resp defaults.BoolResponse
		a.Default.DefaultBool(ctx, defaults.BoolRequest{}, &resp)
		raw, err = resp.PlanValue.ToTerraformValue(ctx)
	case schema.Int64Attribute:
		if a.Default == nil {
			return nil, true
		}
		var resp defaults.Int64Response
		a.Default.DefaultInt64(ctx, defaults.Int64Request{}, &resp)
		raw, err = resp.PlanValue.ToTerraformValue(ctx)
	case schema.Float64Attribute:
		return nil, a.Default == nil
	case schema.ListAttribute:
		return nil, a.Default == nil
	case schema.SetAttribute:
		return nil, a.Default == nil
	case schema.MapAttribute:
		return nil, a.Default == nil
	case schema.SingleNestedAttribute:
		return nil, a.Default == nil
	default:
		return nil, false
	}
	return &raw, err == nil
}

// settled reports whether no default changes the state: each attribute that the configuration leaves out holds its default already.
func (k *kind) settled(config, state tftypes.Value) bool {
	var written, is map[string]tftypes.Value
	if config.As(&written) != nil || state.As(&is) != nil {
		return false
	}
	for name, value := range k.defaults {
		if written[name].IsNull() && !is[name].Equal(value) {
			return false
		}
	}
	return true
}

// StateOnly is a plan modifier that changes nothing in the plan of a new resource, like the framework's own.
type StateOnly interface{ StateOnly() }

// ofStateOnly reports whether all plan modifiers of an attribute or block change nothing in the plan of a new resource.
func ofStateOnly(attributeOrBlock any) bool {
	modifiers := reflect.Indirect(reflect.ValueOf(attributeOrBlock)).FieldByName("PlanModifiers")
	for i := 0; modifiers.IsValid() && i < modifiers.Len(); i++ {
		modifier := modifiers.Index(i).Interface()
		_, marked := modifier.(StateOnly)
		if of := reflect.Indirect(reflect.ValueOf(modifier)).Type().PkgPath(); !marked &&
			!strings.HasPrefix(of, "github.com/hashicorp/terraform-plugin-framework/") {
			return false
		}
	}
	return true
}

// idle reports whether a computed attribute is null in a new resource unless it is written.
func idle(a schema.Attribute) bool {
	text, ok := a.(schema.StringAttribute)
	return ok && len(text.PlanModifiers) == 1 && text.PlanModifiers[0] == crud.AsItWas{}
}

// created returns the plan of a new resource: defaults filled in, and computed attributes that are not written unknown.
func (k *kind) created(config, proposed tftypes.Value) (tftypes.Value, error) {
	var written, plan map[string]tftypes.Value
	if err := errors.Join(config.As(&written), proposed.As(&plan)); err != nil {
		return proposed, err
	}
	for name, value := range k.defaults {
		if written[name].IsNull() {
			plan[name] = value
		}
	}
	forget(k.open, written, plan)
	for name, open := range k.inner {
		var err error
		if plan[name], err = forgetInner(open, written[name], plan[name]); err != nil {
			return proposed, err
		}
	}
	return tftypes.NewValue(k.object, plan), nil
}

// forget makes those of the named values unknown that are not written.
func forget(names []string, written, plan map[string]tftypes.Value) {
	for _, name := range names {
		if written[name].IsNull() {
			plan[name] = tftypes.NewValue(plan[name].Type(), tftypes.UnknownValue)
		}
	}
}

// forgetInner calls forget for each block of a list.
func forgetInner(names []string, written, plan tftypes.Value) (tftypes.Value, error) {
	if plan.IsNull() || !plan.IsKnown() || written.IsNull() || !written.IsKnown() {
		return plan, nil
	}
	var config, blocks []tftypes.Value
	if err := errors.Join(written.As(&config), plan.As(&blocks)); err != nil {
		return plan, err
	}
	for i, block := range blocks {
		if i >= len(config) || block.IsNull() || !block.IsKnown() || !config[i].IsKnown() {
			continue
		}
		var is, to map[string]tftypes.Value
		if err := errors.Join(config[i].As(&is), block.As(&to)); err != nil {
			return plan, err
		}
		forget(names, is, to)
		blocks[i] = tftypes.NewValue(block.Type(), to)
	}
	return tftypes.NewValue(plan.Type(), blocks), nil
}

// decode decodes a value that Terraform sent.
func (k *kind) decode(from *tfprotov6.DynamicValue) (tftypes.Value, error) {
	raw, err := from.Unmarshal(k.object)
	if err != nil || raw.IsNull() {
		return raw, err
	}
	var values map[string]tftypes.Value
	if err := raw.As(&values); err != nil {
		return raw, err
	}
	changed := false
	for _, name := range k.blocks {
		var elements []tftypes.Value
		if v := values[name]; v.IsKnown() && !v.IsNull() && v.As(&elements) == nil && len(elements) == 0 {
			values[name], changed = tftypes.NewValue(k.object.AttributeTypes[name], nil), true
		}
	}
	if !changed {
		return raw, nil
	}
	return tftypes.NewValue(k.object, values), nil
}

// encode encodes a value for Terraform. An unchanged value goes back in the bytes in which it came.
func (k *kind) encode(raw, was tftypes.Value, sent *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
	if raw.Equal(was) {
		return sent, nil
	}
	if !raw.IsNull() {
		var values map[string]tftypes.Value
		if err := raw.As(&values); err != nil {
			return nil, err
		}
		values = maps.Clone(values) // As returns the value's own map
		for _, name := range k.blocks {
			if values[name].IsNull() {
				values[name] = tftypes.NewValue(k.object.AttributeTypes[name], []tftypes.Value{})
			}
		}
		if err := k.hide(values); err != nil {
			return nil, err
		}
		raw = tftypes.NewValue(k.object, values)
	}
	out, err := tfprotov6.NewDynamicValue(k.object, raw)
	return &out, err
}

// emptied returns new private state without keys. Its type has no name outside of the framework.
func emptied[T any](*T) *T { return new(T) }

func fillPrivate(ctx context.Context, to crud.Private, keys map[string][]byte) {
	for key, value := range keys {
		_ = to.SetKey(ctx, key, value) // SetKey wrote it before
	}
}

// decodePrivate splits private state into its keys. plain is false where the framework stored something of its own.
func decodePrivate(raw []byte) (keys map[string][]byte, plain bool) {
	if len(raw) == 0 {
		return nil, true
	}
	if json.Unmarshal(raw, &keys) != nil {
		return nil, false
	}
	for key := range keys {
		if strings.HasPrefix(key, ".") {
			return nil, false
		}
	}
	return keys, true
}

// encodePrivate encodes private state as the framework does. Unchanged private state goes back in the bytes in which it came.
func (k *kind) encodePrivate(ctx context.Context, from crud.Private, was map[string][]byte, sent []byte) []byte {
	now := map[string][]byte{}
	for _, key := range slices.Concat(k.keys, slices.Collect(maps.Keys(was))) {
		if value, _ := from.GetKey(ctx, key); len(value) > 0 {
			now[key] = value
		}
	}
	if maps.EqualFunc(was, now, slices.Equal) {
		return sent
	}
	if len(now) == 0 {
		return nil
	}
	raw, _ := json.Marshal(now) // texts
	return raw
}
