// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Pattern compiles the regular expression of an argument. An unset one matches everything.
func Pattern(argument string, text types.String) (*regexp.Regexp, error) {
	p, err := regexp.Compile(text.ValueString())
	if err != nil {
		return nil, openstack.AttributeErrorf(argument, "%q is not a regular expression: %w", text.ValueString(), err)
	}
	return p, nil
}

// CheckPattern refuses what Pattern does.
func CheckPattern(argument string, text types.String) error {
	_, err := Pattern(argument, text)
	return err
}
