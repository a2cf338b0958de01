// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// instance is an instance of a block.
type instance struct {
	block *block
	key   cty.Value // a number, a text, or nothing
	scope *hcl.EvalContext
}

// address returns the address in Terraform's form: web, web[0], web["a"].
func (i instance) address() string {
	switch i.key.Type() {
	case cty.Number:
		return i.block.address + "[" + i.key.AsBigFloat().String() + "]"
	case cty.String:
		return i.block.address + "[" + strconv.Quote(i.key.AsString()) + "]"
	}
	return i.block.address
}

// instances returns the instances of a block.
func (b *block) instances(scope *hcl.EvalContext) ([]instance, error) {
	of := func(key cty.Value, root string, fields map[string]cty.Value) instance {
		inner := scope.NewChild()
		inner.Variables = map[string]cty.Value{root: cty.ObjectVal(fields)}
		return instance{b, key, inner}
	}
	switch {
	case b.count != nil:
		value, diags := b.count.Value(scope)
		if diags.HasErrors() || !value.IsKnown() {
			return nil, fmt.Errorf("%s: count: %w", b.address, errors.Join(errors.New("not known"), diags))
		}
		n, _ := value.AsBigFloat().Int64()
		var out []instance
		for i := range n {
			out = append(out, of(cty.NumberIntVal(i), "count", map[string]cty.Value{"index": cty.NumberIntVal(i)}))
		}
		return out, nil
	case b.each != nil:
		value, diags := b.each.Value(scope)
		if diags.HasErrors() || !value.IsKnown() {
			return nil, fmt.Errorf("%s: for_each: %w", b.address, errors.Join(errors.New("not known"), diags))
		}
		var out []instance
		for it := value.ElementIterator(); it.Next(); {
			key, element := it.Element()
			if value.Type().IsSetType() {
				key = element
			}
			out = append(out, of(key, "each", map[string]cty.Value{"key": key, "value": element}))
		}
		return out, nil
	}
	return []instance{{b, cty.NilVal, scope}}, nil
}

// join returns the value of a block from those of its instances.
func (b *block) join(all []instance, values []cty.Value) cty.Value {
	switch {
	case b.count != nil:
		return cty.TupleVal(values)
	case b.each != nil:
		out := map[string]cty.Value{}
		for i, one := range all {
			out[one.key.AsString()] = values[i]
		}
		return cty.ObjectVal(out)
	}
	return values[0]
}
