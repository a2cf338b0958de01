package protocol

import "github.com/hashicorp/terraform-plugin-go/tftypes"

// Object is what Terraform keeps of a resource from one call to the next.
type Object struct {
	Type    string
	State   tftypes.Value
	Private []byte
	Tainted bool // it was made half, and is to be replaced
}

// Exists says whether it is in the state.
func (o Object) Exists() bool { return !o.State.IsNull() }

// Attributes are its attributes.
func (o Object) Attributes() map[string]tftypes.Value { return attributes(o.State) }

// Text is an attribute that is a text; empty where it is null or unknown.
func (o Object) Text(attribute string) string { return text(o.Attributes()[attribute]) }

func text(v tftypes.Value) (out string) {
	if v.Type() != nil && v.IsKnown() && !v.IsNull() {
		if err := v.As(&out); err != nil {
			panic(err)
		}
	}
	return out
}
