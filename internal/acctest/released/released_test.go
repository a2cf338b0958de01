// SPDX-License-Identifier: MPL-2.0

package released

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// before are schemas with one of each thing that can break.
func before() Lines {
	return Lines{
		"resource r": "schema version=1", "resource r id": "string computed", "resource r name": "string required",
		"resource r size": "number optional", "resource r host": "string optional computed",
		"resource r secret": "string optional sensitive", "resource r pass": "string optional write-only",
		"resource r disk": "block-list max=3", "resource r disk.size": "number optional", "resource r tags": "nested-list optional",
		"resource r tags.key": "string optional",
		"identity r":          "schema version=0", "identity r id": "string required", "identity r region": "string optional",
		"data d": "schema version=0", "data d name": "string optional", "data d id": "string computed",
		"function f": "schema version=0", "function f return": "string", "function f 1": "string required null", "function f more": "string",
		"provider novasphere": "schema version=0", "provider novasphere user": "string optional",
	}
}

// gone stands for a line that is taken away.
const gone = "-"

// breaking are changes of those schemas, and what Breaks says of them.
var breaking = []struct {
	name     string
	change   map[string]string // of lines
	want     []string          // parts of the faults
	upgrader bool
}{
	{name: "nothing changes"},
	{name: "an attribute is new", change: map[string]string{"resource r more": "string optional"}},
	{name: "a block is new", change: map[string]string{"resource r nic": "block-list", "resource r nic.name": "string required"}},
	{name: "a type is new", change: map[string]string{"resource s": "schema version=0", "resource s name": "string required"}},
	{name: "an attribute may be left out", change: map[string]string{"resource r name": "string optional computed"}},
	{name: "an attribute gets a value by itself", change: map[string]string{"resource r size": "number optional computed"}},
	{name: "more blocks may be written", change: map[string]string{"resource r disk": "block-list max=4"}},
	{name: "any number of blocks may be written", change: map[string]string{"resource r disk": "block-list"}},

	{name: "an attribute is gone", change: map[string]string{"resource r size": gone}, want: []string{"resource r size is gone"}},
	{name: "an attribute of a block is gone", change: map[string]string{"resource r disk.size": gone},
		want: []string{"resource r disk.size is gone"}},
	{name: "a block is gone", change: map[string]string{"resource r disk": gone, "resource r disk.size": gone},
		want: []string{"resource r disk is gone", "resource r disk.size is gone"}},
	{name: "a type is gone", change: map[string]string{"data d": gone, "data d name": gone, "data d id": gone},
		want: []string{"data d is gone"}},
	{name: "a type changes", change: map[string]string{"resource r size": "string optional"},
		want: []string{"resource r size was of type number, and is of type string"}},
	{name: "a block's nesting changes", change: map[string]string{"resource r disk": "block-set max=3"},
		want: []string{"was of type block-list, and is of type block-set"}},
	{name: "a block becomes an attribute", change: map[string]string{"resource r disk": "nested-list optional"},
		want: []string{"was of type block-list, and is of type nested-list"}},
	{name: "an attribute is required", change: map[string]string{"resource r size": "number required"}, want: []string{"is required"}},
	{name: "one in a block is required", change: map[string]string{"resource r disk.size": "number required"},
		want: []string{"is required"}},
	{name: "a required attribute is new", change: map[string]string{"resource r kind": "string required"},
		want: []string{"is new and required"}},
	{name: "one in a block is new", change: map[string]string{"resource r disk.kind": "string required"},
		want: []string{"is new and required"}},
	{name: "one in a nested attribute is new", change: map[string]string{"resource r tags.kind": "string required"},
		want: []string{"is new and required"}},
	{name: "a required block is new", change: map[string]string{"resource r nic": "block-list min=1"},
		want: []string{"is new and required"}},
	{name: "an attribute cannot be written", change: map[string]string{"resource r host": "string computed"},
		want: []string{"can no longer be written"}},
	{name: "an attribute gives nothing", change: map[string]string{"resource r host": "string optional"},
		want: []string{"is no longer computed"}},
	{name: "a secret is shown", change: map[string]string{"resource r secret": "string optional"}, want: []string{"is sensitive in one"}},
	{name: "a text is secret", change: map[string]string{"resource r name": "string required sensitive"},
		want: []string{"is sensitive in one"}},
	{name: "a secret gets into the state", change: map[string]string{"resource r pass": "string optional"},
		want: []string{"is write-only in one"}},
	{name: "a value gets out of the state", change: map[string]string{"resource r size": "number optional write-only"},
		want: []string{"is write-only in one"}},
	{name: "fewer blocks may be written", change: map[string]string{"resource r disk": "block-list max=2"}, want: []string{"less often"}},
	{name: "a block must be written", change: map[string]string{"resource r disk": "block-list min=1 max=3"}, want: []string{"more often"}},

	{name: "a version and an upgrader", change: map[string]string{"resource r": "schema version=2", "resource r size": gone,
		"resource r kind": "string required"}, upgrader: true},
	{name: "a version without an upgrader", change: map[string]string{"resource r": "schema version=2", "resource r size": gone},
		want: []string{"resource r has version 2, and no upgrader from version 1"}},
	{name: "an upgrader without a version", change: map[string]string{"resource r size": gone}, upgrader: true,
		want: []string{"resource r size is gone"}},
	{name: "an older version", change: map[string]string{"resource r": "schema version=0"}, upgrader: true, want: []string{"and had 1"}},
	{name: "an identity's version does not excuse its resource", change: map[string]string{"identity r": "schema version=1",
		"resource r size": gone}, upgrader: true, want: []string{"resource r size is gone"}},
	{name: "an identity needs more", change: map[string]string{"identity r region": "string required"}, want: []string{"is required"}},
	{name: "an identity is gone", change: map[string]string{"identity r": gone, "identity r id": gone, "identity r region": gone},
		want: []string{"identity r is gone"}},
	{name: "the provider lacks an argument", change: map[string]string{"provider novasphere user": gone},
		want: []string{"provider novasphere user is gone"}},
	{name: "a function needs more", change: map[string]string{"function f 2": "string required"}, want: []string{"is new and required"}},
	{name: "a function takes no null", change: map[string]string{"function f 1": "string required"}, want: []string{"no longer null"}},
	{name: "a function takes no more", change: map[string]string{"function f more": gone}, want: []string{"function f more is gone"}},
	{name: "a function gives another type", change: map[string]string{"function f return": "number"}, want: []string{"of type number"}},
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	for _, c := range breaking {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now := before()
			maps.Copy(now, c.change)
			maps.DeleteFunc(now, func(_, facts string) bool { return facts == gone })
			upgrades := func(kind, name string, from int) bool { return c.upgrader && kind != "data" && name == "r" && from < 2 }
			got := Breaks(before(), now, upgrades)
			if len(got) != len(c.want) {
				t.Fatalf("%q, want %q", got, c.want)
			}
			for i, part := range c.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("%q lacks %q", got[i], part)
				}
			}
		})
	}
}

// TestEveryLineIsGuarded takes away each line in turn: none may vanish unseen.
func TestEveryLineIsGuarded(t *testing.T) {
	t.Parallel()
	for key := range before() {
		now := before()
		delete(now, key)
		if len(Breaks(before(), now, func(string, string, int) bool { return false })) == 0 {
			t.Errorf("%s may vanish", key)
		}
	}
}

// ofAll are the lines of one thing of each kind.
const ofAll = `# 1.2.3
action s: schema version=0
action s a: string optional
data s: schema version=0
data s a: string optional
ephemeral s: schema version=0
ephemeral s a: string optional
function f: schema version=0
function f 1: string required null
function f more: number
function f return: bool
identity r: schema version=1
identity r id: string required
list s: schema version=0
list s a: string optional
provider novasphere: schema version=0
provider novasphere a: string optional
resource r: schema version=3
resource r disk: block-list min=1 max=2
resource r disk.size: string optional
resource r id: string computed sensitive
resource r pass: list(map(number)) required write-only
resource r ports: nested-set optional
resource r ports.name: string optional
resource r spec: object({a=set(dynamic),b=bool}) optional computed
`

func TestOf(t *testing.T) {
	t.Parallel()
	text := func(name string) *tfprotov6.SchemaAttribute {
		return &tfprotov6.SchemaAttribute{Name: name, Type: tftypes.String, Optional: true}
	}
	schema := &tfprotov6.Schema{Version: 3, Block: &tfprotov6.SchemaBlock{
		Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "id", Type: tftypes.String, Computed: true, Sensitive: true},
			{Name: "pass", Type: tftypes.List{ElementType: tftypes.Map{ElementType: tftypes.Number}}, Required: true, WriteOnly: true},
			{Name: "spec", Type: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"b": tftypes.Bool,
				"a": tftypes.Set{ElementType: tftypes.DynamicPseudoType}}}, Optional: true, Computed: true},
			{Name: "ports", Optional: true, NestedType: &tfprotov6.SchemaObject{Nesting: tfprotov6.SchemaObjectNestingModeSet,
				Attributes: []*tfprotov6.SchemaAttribute{text("name")}}}},
		BlockTypes: []*tfprotov6.SchemaNestedBlock{{TypeName: "disk", Nesting: tfprotov6.SchemaNestedBlockNestingModeList,
			MinItems: 1, MaxItems: 2,
			Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{text("size")}}}}}}
	small := &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{text("a")}}}
	one := map[string]*tfprotov6.Schema{"s": small}
	got := Record{Release: "1.2.3", Lines: Of(&tfprotov6.GetProviderSchemaResponse{Provider: small,
		ResourceSchemas: map[string]*tfprotov6.Schema{"r": schema}, DataSourceSchemas: one, EphemeralResourceSchemas: one,
		ListResourceSchemas: one, ActionSchemas: map[string]*tfprotov6.ActionSchema{"s": {Schema: small}},
		Functions: map[string]*tfprotov6.Function{"f": {
			Parameters:        []*tfprotov6.FunctionParameter{{Type: tftypes.String, AllowNullValue: true}},
			VariadicParameter: &tfprotov6.FunctionParameter{Type: tftypes.Number}, Return: &tfprotov6.FunctionReturn{Type: tftypes.Bool}}}},
		&tfprotov6.GetResourceIdentitySchemasResponse{IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"r": {Version: 1,
			IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{{Name: "id", Type: tftypes.String, RequiredForImport: true}}}}})}
	if got.Text() != ofAll {
		t.Errorf("got\n%s", got.Text())
	}
	again, err := Parse(got.Text())
	if err != nil || again.Release != got.Release || !maps.Equal(again.Lines, got.Lines) {
		t.Errorf("read again it is %v, %v", again, err)
	}
	for _, broken := range []string{"", "resource r: schema version=0\n", "# 1\nresource r\n"} {
		if _, err := Parse(broken); err == nil {
			t.Errorf("%q is read as a record", broken)
		}
	}
}

func TestNewest(t *testing.T) {
	t.Parallel()
	for changelog, want := range map[string]string{
		"# Changelog\n\n## 0.1.0 (unreleased)\n":                                 "0.1.0 (unreleased)",
		"# Changelog\n\n## 0.1.0\n":                                              "0.1.0",
		"## 0.2.0 (unreleased)\n\ntext\n## 0.1.1 (2027-01-02)\n\n## 0.1.0 (x)\n": "0.1.1",
		"": "",
	} {
		if got := Newest(changelog); got != want {
			t.Errorf("%q: %q, want %q", changelog, got, want)
		}
	}
}

func TestMayBecome(t *testing.T) {
	t.Parallel()
	was, now, broken := Lines{"a": "1"}, Lines{"a": "1", "b": "1"}, []string{"a is gone"}
	for _, c := range []struct {
		name, record, release string
		breaks                []string
		want                  string // the release of the record afterwards, "" for an error
		lines                 Lines
	}{
		{"anything goes while it is made", "0.1.0 (unreleased)", "0.1.0 (unreleased)", broken, "0.1.0 (unreleased)", now},
		{"it is released", "0.1.0 (unreleased)", "0.1.0", nil, "0.1.0", now},
		{"what is added later is no promise yet", "0.1.0", "0.1.0", nil, "0.1.0", was},
		{"the next release", "0.1.0", "0.2.0", nil, "0.2.0", now},
		{"a promise is taken back", "0.1.0", "0.1.0", broken, "", was},
		{"the next release takes one back", "0.1.0", "0.2.0", broken, "", was},
	} {
		got, err := Record{Release: c.record, Lines: was}.MayBecome(c.release, now, c.breaks)
		if c.want == "" && err == nil || c.want != "" && (err != nil || got.Release != c.want) || !maps.Equal(got.Lines, c.lines) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if !slices.Equal(now.keys(), []string{"a", "b"}) {
		t.Error(now.keys())
	}
}
