// SPDX-License-Identifier: MPL-2.0

package unsupported

// images lists the unsupported resources of the image service.
var images = []noun{
	{name: "images_image_access_accept", what: "the acceptance of an image",
		about: "A project's answer to an image that it was given access to.", because: projects, arguments: []argument{
			{name: "image_id", is: text, mode: required, text: "The id of the image."},
			{name: "status", is: text, mode: required, text: "Its state."},
			{name: "member_id", is: text, mode: chosen, text: "The id of the project."},
			{name: "created_at", is: text, mode: computed, text: "When it was made."},
			{name: "schema", is: text, mode: computed, text: "The path of its JSON schema."},
			{name: "updated_at", is: text, mode: computed, text: "When it was last changed."},
		}},
	{name: "images_image_access", what: "the access of a project to an image", about: "A project's access to an image of another.",
		because: projects, arguments: []argument{
			{name: "image_id", is: text, mode: required, text: "The id of the image."},
			{name: "member_id", is: text, mode: required, text: "The id of the project."},
			{name: "status", is: text, mode: chosen, text: "Its state."},
			{name: "created_at", is: text, mode: computed, text: "When it was made."},
			{name: "schema", is: text, mode: computed, text: "The path of its JSON schema."},
			{name: "updated_at", is: text, mode: computed, text: "When it was last changed."},
		}},
}
