// SPDX-License-Identifier: MPL-2.0

package compute

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// KeyPairList lists key pairs.
var KeyPairList = crud.List[*vcenter.Client, keyPairModel, keypairListFilters]{Of: KeyPair, Check: keypairListFilters.check,
	Find: findKeyPairList,
	About: "Lists the key pairs of the datacenter's catalogue, sorted by name. A pair that was generated has its private half in " +
		"the state that made it, and nowhere else.",
	Filters: map[string]schema.Attribute{
		"name_regex": crud.ListText("A regular expression (RE2) that the names must match."),
	}}

type keypairListFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
}

func (f keypairListFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

func findKeyPairList(ctx context.Context, client *vcenter.Client, f keypairListFilters) ([]crud.Listed[keyPairModel], error) {
	name, err := crud.Pattern("name_regex", f.NameRegex)
	if err != nil {
		return nil, err
	}
	all, err := client.KeyPairs.List(ctx)
	var out []crud.Listed[keyPairModel]
	for _, k := range all {
		if name.MatchString(k.Name) {
			out = append(out, crud.Listed[keyPairModel]{ID: k.Name, Name: k.Name})
		}
	}
	return out, err
}
