# How the functions' artifacts are built. `sam build` calls build-<logical id> with ARTIFACTS_DIR;
# so does the test that bounds their size. boto3 is in Lambda's runtime and stays out.

UV ?= .venv/bin/uv
# The version that the functions run on: its bytecode is what they load, because Lambda can write
# none, and a cold start would compile everything again.
ARTIFACTS_PYTHON ?= .venv/bin/python
LAMBDA_TARGET = --python-version 3.11 --python-platform x86_64-manylinux2014

PACKAGES_JOBS = aiosmtplib idna pydantic pydantic-settings pymongo python-liquid tzdata
# What signs mail is large, so only functions that send have it.
PACKAGES_SEND = $(PACKAGES_JOBS) cryptography
PACKAGES_API = $(PACKAGES_SEND) fastapi mangum prometheus-client python-calamine python-multipart
FUNCTION_LOCKS = requirements/functions-api.txt \
                 requirements/functions-send-email.txt \
                 requirements/functions-resume-lead.txt

# $(1): requirement file; $(2): folders of functions/ that this function does without; $(3): parts of
# packages that it does without.
#
# Babel comes with python-liquid, and its 1,000 locales with Babel. Liquid's own default is
# English; a locale that is not there is an error of the template, as is one unknown.
#
# cryptography needs cffi's library, but its Python part and the parser of C only when it is built.
# Chalice's command line and PyMongo's file store are not used here. Pydantic's older version is
# imported by FastAPI only.
UNUSED = cffi pycparser gridfs $(addprefix chalice/,cdk cli deploy templates analyzer.py awsclient.py \
         local.py package.py pipeline.py policies.json policies-extra.json)
define build_artifact
	$(UV) pip install --quiet --target "$(ARTIFACTS_DIR)" $(LAMBDA_TARGET) \
	    --only-binary :all: --no-deps --require-hashes -r $(1)
	rm -rf "$(ARTIFACTS_DIR)/bin" "$(ARTIFACTS_DIR)/.lock" \
	    $(foreach it,$(UNUSED) $(3),"$(ARTIFACTS_DIR)/$(it)")
	find "$(ARTIFACTS_DIR)" \( -name tests -o -name sboms -o -name '*.pyi' \) -prune -exec rm -rf {} +
	find "$(ARTIFACTS_DIR)/babel/locale-data" -name '*.dat' \
	    ! -name root.dat ! -name en.dat ! -name en_US.dat ! -name en_GB.dat -delete
	find "$(ARTIFACTS_DIR)" -name __pycache__ -type d -prune -exec rm -rf {} +
	tar --exclude=__pycache__ --exclude=functions/artifacts.mk \
	    $(foreach folder,$(2),--exclude=functions/$(folder)) -cf - functions \
	    | tar -xf - -C "$(ARTIFACTS_DIR)"
	$(ARTIFACTS_PYTHON) -m compileall -q -j 1 --invalidation-mode unchecked-hash \
	    -s "$(ARTIFACTS_DIR)" -p /var/task "$(ARTIFACTS_DIR)"
endef

.PHONY: build-ApiFunction build-SendEmailFunction build-ResumeLeadFunction build-SweepFunction
build-ApiFunction:
	$(call build_artifact,requirements/functions-api.txt,send_email resume_lead)

build-SendEmailFunction:
	$(call build_artifact,requirements/functions-send-email.txt,api resume_lead,pydantic/v1)

build-ResumeLeadFunction build-SweepFunction:
	$(call build_artifact,requirements/functions-resume-lead.txt,api send_email,pydantic/v1)

# $(1): requirement file; $(2): packages. Versions are those of the lock that the tests run on.
# Chalice goes in alone: its dependencies are its command line's, and boto3's.
define lock_artifact
	printf '%s\n' $(2) | $(UV) pip compile - $(LOCK_OPTIONS) -o $(1)
	if [ -n "$(3)" ]; then printf '%s\n' $(3) | \
	    $(UV) pip compile - $(LOCK_OPTIONS) --no-deps --no-header >> $(1); fi
endef
LOCK_OPTIONS = --quiet --constraints requirements/dev.txt --generate-hashes --no-emit-index-url \
    --no-annotate --custom-compile-command "make lock-functions" $(LAMBDA_TARGET)

.PHONY: lock-functions
lock-functions: ## Pin the functions' packages to the versions of requirements/dev.txt
	rm -f $(FUNCTION_LOCKS)
	$(call lock_artifact,requirements/functions-api.txt,$(PACKAGES_API),)
	$(call lock_artifact,requirements/functions-send-email.txt,$(PACKAGES_SEND),chalice)
	$(call lock_artifact,requirements/functions-resume-lead.txt,$(PACKAGES_JOBS),chalice)

# The SAM command line, in an environment of its own: it pins boto3 and click.
SAM_VERSION = 1.170.0
.PHONY: sam validate-template deploy
sam: .venvs/sam/bin/sam ## Install the SAM command line into .venvs/sam
.venvs/sam/bin/sam:
	$(UV) venv --quiet --clear --python .venv/bin/python .venvs/sam
	$(UV) pip install --quiet --python .venvs/sam/bin/python aws-sam-cli==$(SAM_VERSION)

validate-template: sam ## Check template.yaml with the SAM command line
	SAM_CLI_TELEMETRY=0 .venvs/sam/bin/sam validate --lint --region eu-west-1 -t template.yaml

deploy: ## Build and deploy the serverless stack (STACK=, REGION=, PROFILE=)
	.venv/bin/python -m local.deploy --stack "$(or $(STACK),emailbuilder)" \
	    --region "$(or $(REGION),eu-west-1)" --profile "$(PROFILE)"
