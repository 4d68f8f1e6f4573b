"""The API's reference for people: the OpenAPI document as one page, to be read without scripts and without any other host."""
