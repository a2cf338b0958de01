package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// block is a resource or a data source of a configuration.
type block struct {
	address, kind, name string
	data                bool
	body                hcl.Body // less the arguments that are Terraform's own
	count, each         hcl.Expression
	after               []string // what depends_on names
	needs               []string // what it refers to, also by way of locals
}

// configuration is what a step of a test is configured with. Of Terraform's language it knows what tests of a provider need: one provider,
// resources, data sources and locals, count, for_each, depends_on, dynamic blocks, and import blocks with an id that is written out.
type configuration struct {
	provider hcl.Body
	locals   map[string]hcl.Expression
	blocks   map[string]*block
	imports  map[string]string // ids, by the addresses of instances
}

// own are the arguments of a resource that are Terraform's own.
var own = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "count"}, {Name: "for_each"}, {Name: "depends_on"}}}

// parse reads a configuration. What it does not know needs a test with a CLI.
func parse(text string) (*configuration, error) {
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	c := &configuration{locals: map[string]hcl.Expression{}, blocks: map[string]*block{}, imports: map[string]string{}}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		if err := c.take(b); err != nil {
			return nil, err
		}
	}
	if c.provider == nil {
		c.provider = hcl.EmptyBody()
	}
	if err := c.undeclared(file.Body.(*hclsyntax.Body)); err != nil {
		return nil, err
	}
	for _, b := range c.blocks {
		refers := c.references(b.body.(*hclsyntax.Body), map[string]bool{})
		b.needs = slices.Sorted(maps.Keys(refers))
	}
	return c, nil
}

// take takes a block of any type.
func (c *configuration) take(b *hclsyntax.Block) error {
	switch b.Type {
	case "provider":
		if c.provider != nil {
			return errors.New("two providers need a test with a CLI")
		}
		c.provider = b.Body
	case "locals":
		for name, attribute := range b.Body.Attributes {
			c.locals[name] = attribute.Expr
		}
	case "resource", "data":
		return c.add(b)
	case "import":
		return c.addImport(b)
	default:
		return fmt.Errorf("a block %s needs a test with a CLI", b.Type)
	}
	return nil
}

func (c *configuration) add(b *hclsyntax.Block) error {
	if slices.ContainsFunc(b.Body.Blocks, func(inner *hclsyntax.Block) bool { return inner.Type == "lifecycle" }) {
		return errors.New("a lifecycle block needs a test with a CLI")
	}
	out := &block{kind: b.Labels[0], name: b.Labels[1], data: b.Type == "data", body: b.Body}
	if out.address = out.kind + "." + out.name; out.data {
		out.address = "data." + out.address
	}
	content, _, diags := b.Body.PartialContent(own)
	if diags.HasErrors() {
		return diags
	}
	for name, attribute := range content.Attributes {
		switch name {
		case "count":
			out.count = attribute.Expr
		case "for_each":
			out.each = attribute.Expr
		case "depends_on":
			for _, traversal := range attribute.Expr.Variables() {
				out.after = append(out.after, addressOf(traversal))
			}
		}
	}
	c.blocks[out.address] = out
	return nil
}

// addImport takes an import block whose id is written out, and no instance of several.
func (c *configuration) addImport(b *hclsyntax.Block) error {
	to, id := b.Body.Attributes["to"], b.Body.Attributes["id"]
	if to == nil || id == nil || len(b.Body.Attributes) != 2 || len(to.Expr.Variables()) != 1 || len(to.Expr.Variables()[0]) != 2 {
		return errors.New("this import block needs a test with a CLI")
	}
	value, diags := id.Expr.Value(nil)
	if diags.HasErrors() {
		return diags
	}
	c.imports[addressOf(to.Expr.Variables()[0])] = value.AsString()
	return nil
}

// addressOf is what a traversal refers to: data.kind.name, kind.name, or local.name and the like.
func addressOf(traversal hcl.Traversal) string {
	out := traversal.RootName()
	parts := 1
	if out == "data" {
		parts = 2
	}
	for _, step := range traversal[1:] {
		name, is := step.(hcl.TraverseAttr)
		if !is || parts == 0 {
			break
		}
		out += "." + name.Name
		parts--
	}
	return out
}

// undeclared is an error where something refers to what is not in the configuration, in Terraform's words.
func (c *configuration) undeclared(in hclsyntax.Node) error {
	var out error
	_ = hclsyntax.VisitAll(in, func(node hclsyntax.Node) hcl.Diagnostics {
		if expression, is := node.(*hclsyntax.ScopeTraversalExpr); is {
			address := addressOf(expression.Traversal)
			if c.blocks[address] == nil && (strings.HasPrefix(address, "data.") || strings.HasPrefix(address, "novasphere_")) {
				//nolint:staticcheck // Terraform's words
				out = fmt.Errorf("Error: Reference to undeclared resource: %s has not been declared in the root module", address)
			}
		}
		return nil
	})
	return out
}

// localOf is the local value that a traversal refers to, if it is one.
func (c *configuration) localOf(traversal hcl.Traversal) (name string, is bool) {
	if name, is = strings.CutPrefix(addressOf(traversal), "local."); is {
		_, is = c.locals[name]
	}
	return name, is
}

// references are the addresses of the blocks that something refers to.
func (c *configuration) references(in hclsyntax.Node, seen map[string]bool) map[string]bool {
	out := map[string]bool{}
	_ = hclsyntax.VisitAll(in, func(node hclsyntax.Node) hcl.Diagnostics {
		if expression, is := node.(*hclsyntax.ScopeTraversalExpr); is {
			address := addressOf(expression.Traversal)
			if c.blocks[address] != nil {
				out[address] = true
			}
			if local, is := c.localOf(expression.Traversal); is && !seen[address] {
				seen[address] = true
				maps.Copy(out, c.references(c.locals[local].(hclsyntax.Node), seen))
			}
		}
		return nil
	})
	return out
}

// needed are all blocks that one needs, directly or not.
func (c *configuration) needed(address string) []string {
	out := map[string]bool{}
	var visit func(string)
	visit = func(at string) {
		for _, next := range c.blocks[at].needs {
			if !out[next] {
				out[next] = true
				visit(next)
			}
		}
	}
	visit(address)
	return slices.Sorted(maps.Keys(out))
}

// functions are Terraform's functions that tests use.
var functions = map[string]function.Function{
	"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "flatten": stdlib.FlattenFunc, "format": stdlib.FormatFunc,
	"join":       stdlib.JoinFunc,
	"jsonencode": stdlib.JSONEncodeFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc, "lower": stdlib.LowerFunc,
	"merge": stdlib.MergeFunc,
	"range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc, "sort": stdlib.SortFunc, "split": stdlib.SplitFunc,
	"replace": stdlib.ReplaceFunc,
	"tolist":  stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
	"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String), "upper": stdlib.UpperFunc,
	"values": stdlib.ValuesFunc,
}

// scope is what expressions can refer to, from the values of blocks.
func (c *configuration) scope(values map[string]cty.Value) (*hcl.EvalContext, error) {
	roots := map[string]map[string]cty.Value{}
	data := map[string]map[string]cty.Value{}
	for address, value := range values {
		b, in := c.blocks[address], roots
		if b.data {
			in = data
		}
		if in[b.kind] == nil {
			in[b.kind] = map[string]cty.Value{}
		}
		in[b.kind][b.name] = value
	}
	out := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: functions}
	for kind, names := range roots {
		out.Variables[kind] = cty.ObjectVal(names)
	}
	kinds := map[string]cty.Value{}
	for kind, names := range data {
		kinds[kind] = cty.ObjectVal(names)
	}
	out.Variables["data"] = cty.ObjectVal(kinds)
	return out, c.addLocals(out, values)
}

// addLocals adds those locals whose blocks have values.
func (c *configuration) addLocals(scope *hcl.EvalContext, values map[string]cty.Value) error {
	known := map[string]cty.Value{}
	var add func(name string) error
	add = func(name string) error {
		if _, done := known[name]; done {
			return nil
		}
		for address := range c.references(c.locals[name].(hclsyntax.Node), map[string]bool{}) {
			if _, there := values[address]; !there {
				return nil // whoever needs it needs the block too
			}
		}
		for _, traversal := range c.locals[name].Variables() {
			if other, is := c.localOf(traversal); is {
				if err := add(other); err != nil {
					return err
				}
			}
		}
		value, diags := c.locals[name].Value(scope)
		if diags.HasErrors() {
			return diags
		}
		known[name] = value
		scope.Variables["local"] = cty.ObjectVal(known)
		return nil
	}
	for name := range c.locals {
		if err := add(name); err != nil {
			return err
		}
	}
	return nil
}

// instance is one of a block's instances.
type instance struct {
	block *block
	key   cty.Value // a number, a text, or nothing
	scope *hcl.EvalContext
}

// address is as Terraform writes it: web, web[0], web["a"].
func (i instance) address() string {
	switch i.key.Type() {
	case cty.Number:
		return i.block.address + "[" + i.key.AsBigFloat().String() + "]"
	case cty.String:
		return i.block.address + "[" + strconv.Quote(i.key.AsString()) + "]"
	}
	return i.block.address
}

// instances are a block's instances.
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

// join makes the value of a block of those of its instances.
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

// decode evaluates a body by its schema, as Terraform does.
func decode(body hcl.Body, schema *tfprotov6.Schema, scope *hcl.EvalContext) (tftypes.Value, error) {
	ty := schema.ValueType()
	_, rest, _ := body.PartialContent(own)
	value, diags := hcldec.Decode(dynblock.Expand(rest, scope), specOf(schema.Block, body), scope)
	if diags.HasErrors() {
		return tftypes.Value{}, diags
	}
	packed, err := msgpack.Marshal(value, ctyType(ty))
	if err != nil {
		return tftypes.Value{}, err
	}
	return (&tfprotov6.DynamicValue{MsgPack: packed}).Unmarshal(ty)
}

// specOf is a schema for a body. An attribute that is a list of objects may be written as blocks, as Terraform lets it.
func specOf(block *tfprotov6.SchemaBlock, body hcl.Body) hcldec.Spec {
	out := hcldec.ObjectSpec{}
	for _, a := range block.Attributes {
		if element, is := objectsOf(a.ValueType()); is && hasBlocks(body, a.Name) {
			nested := &tfprotov6.SchemaBlock{}
			for name, of := range element.AttributeTypes {
				nested.Attributes = append(nested.Attributes, &tfprotov6.SchemaAttribute{Name: name, Type: of, Optional: true})
			}
			out[a.Name] = &hcldec.BlockListSpec{TypeName: a.Name, Nested: specOf(nested, nil)}
			continue
		}
		out[a.Name] = &hcldec.AttrSpec{Name: a.Name, Type: ctyType(a.ValueType()), Required: a.Required}
	}
	for _, b := range block.BlockTypes {
		switch nested := specOf(b.Block, nil); b.Nesting {
		case tfprotov6.SchemaNestedBlockNestingModeList:
			out[b.TypeName] = &hcldec.BlockListSpec{TypeName: b.TypeName, Nested: nested}
		case tfprotov6.SchemaNestedBlockNestingModeSet:
			out[b.TypeName] = &hcldec.BlockSetSpec{TypeName: b.TypeName, Nested: nested}
		default:
			out[b.TypeName] = &hcldec.BlockSpec{TypeName: b.TypeName, Nested: nested}
		}
	}
	return out
}

func objectsOf(ty tftypes.Type) (tftypes.Object, bool) {
	list, _ := ty.(tftypes.List)
	element, is := list.ElementType.(tftypes.Object)
	return element, is
}

func hasBlocks(body hcl.Body, name string) bool {
	written, is := body.(*hclsyntax.Body)
	return is && slices.ContainsFunc(written.Blocks, func(b *hclsyntax.Block) bool {
		return b.Type == name || b.Type == "dynamic" && b.Labels[0] == name
	})
}

func ctyType(ty tftypes.Type) cty.Type {
	text, err := ty.MarshalJSON() //nolint:staticcheck // the only way from one type system to the other
	if err == nil {
		var out cty.Type
		if out, err = ctyjson.UnmarshalType(text); err == nil {
			return out
		}
	}
	panic(err)
}

// ctyValue is a value for expressions to refer to.
func ctyValue(v tftypes.Value) cty.Value {
	packed, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err == nil {
		var out cty.Value
		if out, err = msgpack.Unmarshal(packed.MsgPack, ctyType(v.Type())); err == nil {
			return out
		}
	}
	panic(err)
}
