// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// listedNames and listedTags are the filters that nearly every list of this service has.
func listedNames() schema.StringAttribute {
	return crud.ListText("A regular expression (RE2) that the names must match.")
}

func listedTags() schema.ListAttribute {
	return crud.ListTexts("Tags that they must all have, among others.")
}

// listFilters are the values of the filters that nearly every list has.
type listFilters struct {
	crud.ListPlace
	NameRegex types.String `tfsdk:"name_regex"`
	Tags      types.List   `tfsdk:"tags"`
}

func (f listFilters) check() error { return crud.CheckPattern("name_regex", f.NameRegex) }

// inForm returns a filter in the form in which objects have it. A text that has no such form would fit nothing without a word.
func inForm(argument string, filter types.String, form func(string) (string, error)) (types.String, error) {
	if filter.ValueString() == "" {
		return filter, nil
	}
	text, err := form(filter.ValueString())
	if err != nil {
		return filter, openstack.AttributeErrorf(argument, "%w", err)
	}
	return types.StringValue(text), nil
}

func cidrForm(text string) (string, error) {
	prefix, err := sdn.ParseCIDR(text)
	return prefix.String(), err
}

func addressForm(text string) (string, error) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return "", fmt.Errorf("%q is not an IP address: write it as in 203.0.113.5 or 2001:db8::5", text)
	}
	return address.String(), nil
}

// found is what a list tells of an object.
type found struct {
	id, name string
	tags     []string
}

// listed returns the objects of a list that fit. of describes one, and says whether it has what the noun's own filters want.
func listed[M any, T any](all []T, err error, f listFilters, of func(T) (found, bool)) ([]crud.Listed[M], error) {
	if err != nil {
		return nil, err
	}
	name, err := pattern(f.NameRegex)
	if err != nil {
		return nil, err
	}
	var out []crud.Listed[M]
	for _, one := range all {
		if is, fits := of(one); fits && name.MatchString(is.name) && hasAll(is.tags, texts(f.Tags)) {
			out = append(out, crud.Listed[M]{ID: is.id, Name: is.name})
		}
	}
	return out, nil
}
